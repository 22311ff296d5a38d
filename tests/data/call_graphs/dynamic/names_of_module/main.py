def job():
    pass


globals()["job"]()
