def f(a, b=lambda: 1):
    b()


f(1)
