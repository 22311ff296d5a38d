def job():
    pass


class A:
    def __init__(self):
        self.action = job


class B:
    def run(self):
        self.action()


class C(A, B):
    pass


C().run()
