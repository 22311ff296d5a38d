def double(x):
    return x


def keep(x):
    return True


a = map(double, [1, 2])
b = filter(keep, a)
