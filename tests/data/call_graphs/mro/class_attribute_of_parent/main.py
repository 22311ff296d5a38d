class Job:
    def do(self):
        pass


class A:
    kind = Job


class B(A):
    def make(self):
        self.kind().do()


B().make()
