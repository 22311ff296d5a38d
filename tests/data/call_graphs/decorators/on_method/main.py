def traced(f):
    def inner(self):
        return f(self)

    return inner


class A:
    @traced
    def run(self):
        self.step()

    def step(self):
        pass


A().run()
