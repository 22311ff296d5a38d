import settings


def run():
    settings.hook()
