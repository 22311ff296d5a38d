from base import Base


def first(thing: Base):
    thing.paint()


def second(
    value =


def third(other):
    return first(other)
