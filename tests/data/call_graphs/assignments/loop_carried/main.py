def first():
    pass


def second():
    pass


def run():
    action = first
    for _ in [1, 2]:
        action()
        action = second


run()
