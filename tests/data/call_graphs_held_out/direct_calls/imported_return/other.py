def g():
    pass

def mk():
    return g
