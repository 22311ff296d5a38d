def f1(a):
    return a


def f2(a):
    return a


x = [[f1(i) for i in range(3)] for j in range(2) if f2(j)]
y = {k: f1(k) for k in range(3)}
z = {f2(k) for k in x}
