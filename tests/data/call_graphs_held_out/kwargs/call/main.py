def g():
    pass

def f(a, b=None):
    b()

f(1, b=g)
