def k(x):
    return x


min([1], key=k)
from functools import reduce


def add(a, b):
    return a


reduce(add, [1])
any(k(x) for x in [1])
"{}".format(1).strip()
