class Base:
    def run(self):
        pass


class Left(Base):
    pass


class Right(Base):
    def run(self):
        super().run()


class Both(Left, Right):
    pass


Both().run()
