def job():
    pass


def inner(action=None):
    action()


def outer(*args, **kwargs):
    inner(*args, **kwargs)


outer(action=job)
