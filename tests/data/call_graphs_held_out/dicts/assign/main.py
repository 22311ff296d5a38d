def f():
    pass

def g():
    pass

d = {"a": f}
d["a"] = g
d["b"] = f
h = d["a"]
d = {}
d["x"] = g
d["x"]()
