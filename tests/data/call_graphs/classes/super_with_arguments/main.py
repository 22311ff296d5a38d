class Base:
    def __init__(self, hook):
        self.hook = hook
    def run(self):
        self.hook()
class Child(Base):
    def __init__(self, hook):
        super().__init__(hook)
    def run(self):
        super(Child, self).run()

def cb():
    pass
c = Child(cb)
c.run()
