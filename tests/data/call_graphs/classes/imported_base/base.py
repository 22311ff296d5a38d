class Base:
    def __init__(self):
        self.setup()

    def setup(self):
        pass

    def run(self):
        pass

    def log(self):
        pass
