def first():
    pass


def second():
    pass


def third():
    pass


a, (b, (c, _)) = first, (second, (third, first))
nested = (first, (second, third))
_, (_, d) = nested
b()
c()
d()
