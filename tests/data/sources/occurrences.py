import os.path as paths


def branches(flag, x):
    if flag:
        x = 1
    elif x:
        print(x)
    else:
        del x
    return x


def loops(items):
    total = 0
    for item in items:
        if item:
            continue
        total += item
    else:
        total = -total
    while True:
        if total:
            break
        total = next(items)
    return total, item


def errors(path):
    data = None
    try:
        data = open(path)
        data = data.read()
    except OSError as error:
        print(error, data)
        raise
    finally:
        close(data)
    return data


def short(a, b):
    if a and (found := b):
        return found
    assert a, b
    return a if b else found


def patterns(command):
    match command:
        case [first, *rest] if first:
            return rest
        case {"key": value, **others}:
            return value, others
        case Point(x=px) | Line(start=px):
            return px
        case other:
            return other
    return command


def comprehensions(rows, x):
    flat = [x for row in rows if row for x in row]
    keyed = {k: (lambda v=k: v + x) for k in flat}
    return keyed, x


class Account:
    limit = 10

    def __init__(self, owner, *, limit=limit):
        self.owner = owner
        self.limit = limit
        self.balance = 0

    def deposit(self, amount, note=""):
        self.balance += amount
        self.log(note, self.balance)
        return self.balance

    def log(self, text, *values, **named):
        other = Account(text, limit=values)
        other.deposit(text, note=values)
        Account.deposit(self, values)
        other.owner = text
        other = self
        return other.owner

    @classmethod
    def open(cls, name):
        yield cls(name)


class Savings(Account):
    def __init__(self, owner, rate):
        super().__init__(owner, limit=rate)
        self.deposit(rate)


def outer(start):
    count = start

    def step(by):
        nonlocal count
        count = count + by
        return count

    count = 0
    return step(count)


def forward(first, *args, **kwargs):
    items = first
    items[args] = kwargs
    branches(*args, **kwargs)
    return Savings(paths.join(first), len(args))
