class A:
    def __init__(self):
        pass

    def run(self):
        pass


class B(A):
    def __init__(self):
        super(B, self).__init__()

    def run(self):
        A.run(self)


B().run()
