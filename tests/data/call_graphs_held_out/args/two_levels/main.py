def h():
    pass

def g(x):
    x()

def f(x):
    g(x)

f(h)
