class A:
    def gen(self):
        for i in range(3):
            yield self.f

    def f(self):
        pass


a = A()
g = a.gen()
for x in g:
    x()
