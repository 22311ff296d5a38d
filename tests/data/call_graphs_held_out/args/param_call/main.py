def g():
    pass

def mk():
    return g

def f(a):
    a()

f(mk())
