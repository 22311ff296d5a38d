def f1():
    pass


def f2():
    pass


table = {"a": f1, "b": f2}


def run(key):
    table[key]()


run("b")
