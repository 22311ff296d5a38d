def target():
    pass


def inner(action):
    action()


def middle(action):
    inner(action)


def outer(action):
    middle(action)


outer(target)
