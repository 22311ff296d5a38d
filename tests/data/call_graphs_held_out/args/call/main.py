def g():
    pass

def f(a):
    a()

f(g)
