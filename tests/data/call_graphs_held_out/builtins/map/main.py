def f(x):
    return x

map(f, [1, 2])
