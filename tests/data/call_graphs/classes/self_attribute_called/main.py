def job():
    pass


class Worker:
    def __init__(self, action):
        self.action = action

    def run(self):
        self.action()


worker = Worker(job)
worker.run()
