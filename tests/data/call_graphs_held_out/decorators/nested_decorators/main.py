def d1(f):
    def in1():
        f()
    return in1

def d2(f):
    def in2():
        f()
    return in2

@d1
@d2
def f():
    pass

f()
