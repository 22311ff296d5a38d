"""Names that mean different things in different places."""

import os.path as osp
from collections import OrderedDict

total = 0


def counter(start, step=total):
    count = start

    def advance(by=step):
        nonlocal count
        global total
        count += by
        total = count
        return lambda by: count + by

    squares = [count * count for count in range(start)]
    return advance, squares


class Box:
    total = 1

    def read(self, items, *rest, key=None, **options):
        with open(osp.join("a", key)) as stream:
            data = stream.read()
        try:
            for item in items:
                total.bit_length()
        except (ValueError) as error:
            print(error)
        if (found := OrderedDict(data)):
            del found
        return rest, options


def match_it(command):
    match command:
        case [first, *others]:
            return first, others
        case {"k": value, **remaining}:
            return value, remaining
        case Box(total=amount) as box:
            return amount, box
        case _:
            return None
