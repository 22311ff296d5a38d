class A:
    def __init__(self):
        self.x = self.f

    def f(self):
        pass


class B(A):
    def f(self):
        pass


class C(B):
    def go(self):
        self.x()


C().go()
