class A:
    def __init__(self):
        self.a, self.b = self.f1, self.f2

    def f1(self):
        pass

    def f2(self):
        pass

    def go(self):
        self.b()


a = A()
a.go()
