class A:
    def __init__(self):
        pass

    def f(self, x):
        x()

def g():
    pass

a = A()
a.f(g)
