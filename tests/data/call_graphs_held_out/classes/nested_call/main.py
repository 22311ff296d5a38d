class A:
    def __init__(self):
        pass

    def f(self):
        def g():
            pass
        g()

a = A()
a.f()
