def first():
    pass


def second():
    pass


def risky():
    pass


action = first
try:
    risky()
    action = second
except ValueError:
    action()
