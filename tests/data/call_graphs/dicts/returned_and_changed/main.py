def f1():
    pass


def f2():
    pass


def make():
    return {"a": f1}


d = make()
d["b"] = f2
d["a"]()
d["b"]()
