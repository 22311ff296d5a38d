def make(action):
    def run():
        action()

    return run


def job():
    pass


made = make(job)
made()
