class A:
    def __init__(self):
        pass

    def go(self):
        pass


def build(kind):
    return kind()


kinds = {"a": A}
build(kinds["a"]).go()
