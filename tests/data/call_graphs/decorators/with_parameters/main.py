from functools import wraps
def repeat(times):
    def decorate(fn):
        @wraps(fn)
        def inner(*args, **kwargs):
            for _ in range(times):
                result = fn(*args, **kwargs)
            return result
        return inner
    return decorate

@repeat(3)
def hello(name):
    greet(name)

def greet(name):
    pass

hello("x")
