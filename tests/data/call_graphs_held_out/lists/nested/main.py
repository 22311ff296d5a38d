def f():
    pass

def g():
    pass

ls = [f, [g, f]]
ls[1][0]()
