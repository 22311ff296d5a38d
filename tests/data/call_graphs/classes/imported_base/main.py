from base import Base


class Child(Base):
    def run(self):
        super().run()
        self.log()


Child().run()
