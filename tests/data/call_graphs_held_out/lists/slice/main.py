def f():
    pass

def g():
    pass

def h():
    pass

ls = [f, g]
x = ls[0:2]
x[0]()
x[1]()
