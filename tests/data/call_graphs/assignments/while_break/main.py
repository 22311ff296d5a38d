def f1():
    pass


def f2():
    pass


def f3():
    pass


x = f1
while True:
    x = f2
    if input():
        break
    x = f3
x()
