class Door:
    def __init__(self):
        self.handler = self.open

    def open(self):
        self.creak()

    def creak(self):
        pass

    def get(self):
        return self.handler


Door().get()()
