def f(a):
    a()

f(lambda: 1)
