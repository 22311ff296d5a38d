from more import *


def use():
    extra()


def _hidden():
    pass
