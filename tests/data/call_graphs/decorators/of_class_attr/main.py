class D:
    def dec(self, f):
        def inner():
            return f()

        return inner


d = D()


@d.dec
def x():
    pass


x()
