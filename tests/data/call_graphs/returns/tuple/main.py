def f1():
    pass


def f2():
    pass


def both():
    return f1, f2


a, b = both()
b()
both()[0]()
