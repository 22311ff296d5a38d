class E(Exception):
    def __init__(self):
        pass

    def m(self):
        pass


def f():
    raise E()


try:
    f()
except (E, ValueError) as e:
    e.m()
    raise
finally:
    f()
