class A:
    def f(self):
        pass

class B:
    def g(self):
        pass

class C(A, B):
    pass

c = C()
c.f()
