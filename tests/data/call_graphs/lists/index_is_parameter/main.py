def f1():
    pass


def f2():
    pass


def pick(fs, index):
    fs[index]()


pick([f1, f2], 0)
