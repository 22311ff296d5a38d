class It:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        self.i = 0
        return self

    def __next__(self):
        if self.i > self.n:
            raise StopIteration
        return self.i


it = iter(It(3))
next(it)
a, b = It(2)
l = list(It(1))
x = [i for i in It(4)]
