def f1():
    pass


def dec(g):
    def w(f):
        g()
        return f

    return w


@dec(f1)
def x():
    pass


x()
