def f():
    pass


def g(f):
    f()


def h():
    pass


g(h)
