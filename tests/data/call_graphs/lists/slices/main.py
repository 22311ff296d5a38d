def f1():
    pass


def f2():
    pass


def f3():
    pass


fs = [f1, f2, f3]
fs[1:][0]()
part = fs[:2]
part[-1]()
fs[-1]()
