def repeat(times):
    def wrap(f):
        def inner():
            f()

        return inner

    return wrap


@repeat(3)
def job():
    pass


job()
