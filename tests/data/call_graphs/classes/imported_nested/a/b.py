class X:
    def m(self):
        pass

    @staticmethod
    def s():
        pass


class Y:
    X = X
