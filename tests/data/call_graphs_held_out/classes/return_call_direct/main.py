def g():
    pass

class A:
    def __init__(self):
        pass

    def f(self):
        return g

a = A()
a.f()()
