class A:
    def __init__(self):
        pass

    def f(self):
        pass
