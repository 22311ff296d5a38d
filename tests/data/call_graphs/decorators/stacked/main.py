def first(f):
    f()
    return f


def second(f):
    return f


@first
@second
def job():
    pass


job()
