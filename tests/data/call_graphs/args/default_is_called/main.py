def fallback():
    pass


def given():
    pass


def run(action=fallback):
    action()


run()
run(given)
