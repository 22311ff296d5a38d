def f():
    pass

def mk():
    d = {"a": f}
    return d

x = mk()
x["a"]()
