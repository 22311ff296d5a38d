from other import key


def f1():
    pass


l = [f1]
l[key]()
