class Memo:
    def __init__(self, fn):
        self.fn = fn
        self.seen = {}
    def __call__(self, x):
        if x not in self.seen:
            self.seen[x] = self.fn(x)
        return self.seen[x]

@Memo
def square(x):
    return mul(x)

def mul(x):
    return x * x

square(2)
