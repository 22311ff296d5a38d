from other import f

def g():
    pass

f(g)
