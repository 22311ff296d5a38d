def first():
    pass


def second():
    pass


def same(value):
    return value


def one():
    same(first)()


def two():
    same(second)()


one()
two()
