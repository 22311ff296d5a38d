class A:
    def __init__(self):
        pass

    def f(self):
        pass

class B:
    def __init__(self):
        pass

    def g(self):
        pass

a, b = A(), B()
a.f()
b.g()
