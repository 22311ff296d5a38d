def f():
    pass


g = f


def f():
    g()


f()
