def f1():
    pass


def f2():
    pass


both = [f1] + [f2]
for f in both:
    f()
copied = list(both)
copied[0]()
