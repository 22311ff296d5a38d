class Tool:
    def __init__(self):
        self.check()

    def check(self):
        pass

    def use(self):
        pass
