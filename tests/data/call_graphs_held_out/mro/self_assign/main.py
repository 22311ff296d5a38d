class A:
    def __init__(self):
        self.cb = self.f

    def f(self):
        pass

class B(A):
    def __init__(self):
        super().__init__()

    def run(self):
        self.cb()

B().run()
