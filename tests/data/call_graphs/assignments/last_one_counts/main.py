def first():
    pass


def second():
    pass


a = first
a = second
a()


def branch(flag):
    b = first
    if flag:
        b = second
    b()


branch(1)
