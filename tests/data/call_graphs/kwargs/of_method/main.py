def job():
    pass


class Runner:
    def __init__(self, first=None, second=None):
        self.second = second

    def run(self):
        self.second()


Runner(second=job).run()
