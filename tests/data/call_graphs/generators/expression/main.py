def f1():
    return f2


def f2():
    pass


for f in (g() for g in [f1]):
    f()
