def dec(n):
    def wrap(f):
        def inner():
            return f()
        return inner
    return wrap

@dec(1)
def f():
    pass

f()
