def f1():
    pass


d = {f1: 1}
for f in d:
    f()
for f in d.keys():
    f()
