def first():
    pass


def second():
    pass


def third():
    pass


flag = input()
if (a := first) is not None:
    a()
b = second if flag else third
b()
