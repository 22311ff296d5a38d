def g():
    pass

def f(b=g):
    b()

f()
