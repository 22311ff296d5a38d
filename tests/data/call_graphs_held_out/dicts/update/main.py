def f():
    pass

def g():
    pass

d = {"a": f}
d.update({"b": g})
d["b"]()
