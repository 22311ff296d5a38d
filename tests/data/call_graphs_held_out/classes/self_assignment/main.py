def h():
    pass

class A:
    def __init__(self):
        self.cb = h

    def run(self):
        self.cb()

A().run()
