def f1():
    pass


def f2():
    pass


l = [f1]
l.insert(0, f2)
l.pop()()
for f in reversed(l):
    f()
for i, f in enumerate(l):
    f()
