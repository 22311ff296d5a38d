def first():
    pass


action = None


def choose():
    global action
    action = first


def run():
    action()


choose()
run()
