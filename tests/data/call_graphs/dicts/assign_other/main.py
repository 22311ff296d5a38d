def f1():
    pass


def f2():
    pass


d1 = {}
d2 = d1
d2["x"] = f1
d1["x"]()
d1["y"] = f2
d2["y"]()
