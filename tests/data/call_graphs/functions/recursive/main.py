def count(n):
    if n:
        count(n - 1)


def even(n):
    odd(n)


def odd(n):
    even(n)


count(3)
even(2)
