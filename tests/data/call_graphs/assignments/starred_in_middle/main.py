def f1():
    pass


def f2():
    pass


def f3():
    pass


def f4():
    pass


functions = [f1, f2, f3, f4]
head, *rest, tail = functions
head()
rest[1]()
tail()
