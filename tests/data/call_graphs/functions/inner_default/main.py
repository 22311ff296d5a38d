def a():
    pass


def outer():
    def inner(x=a):
        x()

    inner()
    return inner


outer()()
