def f():
    pass

def gen():
    yield f

for x in gen():
    x()
