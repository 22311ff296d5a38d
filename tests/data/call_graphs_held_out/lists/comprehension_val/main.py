def f():
    pass

x = [f for i in [1]]
x[0]()
