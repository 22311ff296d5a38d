def f1():
    pass


def f2():
    pass


i = 1
l = [f1, f2]
l[i]()
x = l[0]
x()
