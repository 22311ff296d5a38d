import keys


def f1():
    pass


def f2():
    pass


d = {"x": f1, "y": f2}
d[keys.KEY]()
