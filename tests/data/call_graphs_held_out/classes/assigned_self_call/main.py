class A:
    def __init__(self):
        pass

    def g(self):
        pass

    def f(self):
        a = self
        a.g()

x = A()
x.f()
