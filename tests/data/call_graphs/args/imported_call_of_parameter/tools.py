def once(action):
    action()


def twice(action):
    once(action)
    action()
