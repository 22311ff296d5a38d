def f1(x):
    return x


def f2(x):
    return x


fs = [f for f in (f1, f2)]
results = [f(1) for f in fs]
pairs = [(a, b) for a, b in zip(fs, fs)]
