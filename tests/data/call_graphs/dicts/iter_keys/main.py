def f1():
    pass


def f2():
    pass


d = {"a": f1, "b": f2}
for k in d:
    d[k]()
for k in ["a"]:
    d[k]()
