__all__ = ["_open"]


def _open():
    pass


def closed():
    pass
