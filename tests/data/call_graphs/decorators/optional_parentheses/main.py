def task(fn=None, *, name=None):
    def wrap(f):
        def run():
            return f()
        return run
    if fn is not None:
        return wrap(fn)
    return wrap
@task
def one(): pass
@task(name="b")
def two(): pass
one()
two()
