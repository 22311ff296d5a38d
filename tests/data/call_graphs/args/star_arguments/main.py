def first():
    pass


def second():
    pass


def run(a, b):
    a()
    b()


def run_all(*actions):
    actions[1]()


pair = (first, second)
run(*pair)
run_all(first, second)
