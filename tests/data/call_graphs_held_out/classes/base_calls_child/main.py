class A:
    def __init__(self):
        pass

    def f(self):
        self.g()

class B(A):
    def g(self):
        pass

b = B()
b.f()
