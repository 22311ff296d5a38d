def job():
    pass


add = lambda x: lambda: x()
add(job)()
