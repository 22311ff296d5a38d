def f1():
    pass


def f2():
    pass


d = {"a": f1, "b": f2}
for value in d.values():
    value()


def run():
    for key, action in d.items():
        action()


run()
