def f1():
    pass


l = [lambda: f1(), f1]
l[0]()
for g in l[1:]:
    g()
