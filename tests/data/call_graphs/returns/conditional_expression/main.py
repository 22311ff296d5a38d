def f1():
    pass


def f2():
    pass


def get(flag):
    return f1 if flag else None


(get(1) or f2)()
