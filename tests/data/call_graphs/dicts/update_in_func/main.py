def f1():
    pass


def f2():
    pass


d = {"a": f1}


def up(x):
    x["a"] = f2


up(d)
d["a"]()
