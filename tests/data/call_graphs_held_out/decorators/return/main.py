def dec(f):
    return f

@dec
def f():
    pass

f()
