def f1():
    pass


def f2():
    pass


def choose(flag):
    if flag:
        return f1
    return f2


choose(1)()
