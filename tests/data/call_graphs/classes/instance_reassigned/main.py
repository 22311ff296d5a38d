class A:
    def m(self):
        pass


class B:
    def m(self):
        pass


x = A()
x.m()
x = B()


def f():
    x.m()


f()
