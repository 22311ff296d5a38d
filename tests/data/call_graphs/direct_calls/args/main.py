def f(a):
    return a


def g():
    return f


def h():
    pass


g()(h)()
