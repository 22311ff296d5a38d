class N:
    def __init__(self):
        pass

    def __next__(self):
        return 1

class C:
    def __init__(self):
        pass

    def __iter__(self):
        return N()

for x in C():
    pass
