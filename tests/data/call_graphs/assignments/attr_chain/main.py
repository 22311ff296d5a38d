class A:
    pass


def f1():
    pass


def f2():
    pass


a = A()
a.b = A()
a.b.c = f1
a.b.c = f2
a.b.c()
