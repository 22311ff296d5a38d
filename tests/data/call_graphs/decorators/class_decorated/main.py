def dec(cls):
    return cls


@dec
class A:
    def __init__(self):
        pass

    def m(self):
        pass


A().m()
