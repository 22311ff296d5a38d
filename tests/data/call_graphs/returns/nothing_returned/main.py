def job():
    pass


def run(action):
    action()


result = run(job)
if result:
    result()
