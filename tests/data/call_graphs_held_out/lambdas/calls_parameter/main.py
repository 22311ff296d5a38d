def g():
    pass

x = lambda a: a()
x(g)
