from tools import logged


@logged
def job():
    pass


job()
