def job():
    pass


def outer():
    state = None

    def choose():
        nonlocal state
        state = job

    choose()
    state()


outer()
