class A:
    f = lambda self: self.g()

    def g(self):
        pass


A().f()
