class A:
    def m(self):
        self.n()

    def n(self):
        pass


def run(f):
    f()


a = A()
run(a.m)
run(A().n)
