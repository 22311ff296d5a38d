def f1():
    pass


def f2():
    pass


def run(a, *, b):
    a()
    b()


def collect(**options):
    options["go"]()


run(**{"a": f1, "b": f2})
collect(go=f1, stay=f2)
