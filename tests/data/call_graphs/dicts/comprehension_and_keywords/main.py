def f1():
    pass


def f2():
    pass


d = {name: f1 for name in ["a", "b"]}
d["a"]()
e = dict(x=f2)
e["x"]()
