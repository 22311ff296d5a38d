def f():
    pass

def put(d):
    d["k"] = f

d = {}
put(d)
d["k"]()
