def f1():
    pass


def f2():
    pass


fs = []
fs.append(f1)
fs += [f2]
for f in fs:
    f()
