def f():
    pass

def g():
    pass

ls = [f, g]

def use(i):
    ls[i]()

use(1)
