class T:
    def hit(self): pass
def make():
    yield T()
    yield from more()
def more():
    yield U()
class U:
    def hit(self): pass
for t in make():
    t.hit()
first, second = make()
first.hit()
class It:
    def __iter__(self):
        return self
    def __next__(self):
        return T()
for x in It():
    x.hit()
