def f1():
    pass


def f2():
    pass


def produce():
    yield f1
    yield f2


for f in produce():
    f()
