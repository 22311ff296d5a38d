def f1():
    pass


def f2():
    pass


grid = [[f1, f1], [f1, f2]]
grid[1][1]()
