import tools


def job():
    pass


tools.twice(job)
