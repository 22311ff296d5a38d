def f(n):
    if n:
        return f(n - 1)
    return g


def g():
    pass


f(3)()
