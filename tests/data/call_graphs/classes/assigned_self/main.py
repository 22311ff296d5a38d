class A:
    def func(self):
        a = self
        a.other()
        B(a).run()

    def other(self):
        pass


class B:
    def __init__(self, owner):
        self.owner = owner

    def run(self):
        self.owner.other()


A().func()
