def dec(f):
    f()


@dec
def x():
    pass
