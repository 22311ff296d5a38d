def f():
    pass

def g():
    pass

d = {"a": f, "b": g}

def use(k):
    d[k]()

use("a")
