def job():
    pass


call = lambda f: f()
call(job)
call(lambda: job())
