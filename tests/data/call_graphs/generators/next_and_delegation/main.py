def f1():
    pass


def inner():
    yield f1


def outer():
    yield from inner()


g = outer()
next(g)()
