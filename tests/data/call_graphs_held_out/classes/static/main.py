class A:
    @staticmethod
    def f():
        pass

A.f()
