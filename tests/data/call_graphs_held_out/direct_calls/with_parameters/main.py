def g():
    pass

def mk(x):
    return x

mk(g)()
