class Base:
    def paint(self):
        return self


def use():
    from old import Old
    return Old("x").show([])
