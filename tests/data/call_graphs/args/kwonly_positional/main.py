def a():
    pass


def b():
    pass


def f(x, /, y, *, z=b):
    x()
    y()
    z()


f(a, y=a, z=a)
f(*[a, a])
