def f1():
    pass


def f2():
    pass


d = {"a": {"b": f1, "c": f2}}


def g(k1, k2="b"):
    d[k1][k2]()


g("a")
