def first():
    pass


def second():
    pass


a, b = first, second
a()


def swap():
    x, y = first, second
    x, y = y, x
    x()


swap()
