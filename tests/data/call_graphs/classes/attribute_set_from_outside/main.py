class Holder:
    def run(self):
        self.action()


def job():
    pass


holder = Holder()
holder.action = job
holder.run()
