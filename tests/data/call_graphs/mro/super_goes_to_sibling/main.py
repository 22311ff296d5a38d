class Base:
    def go(self):
        pass


class Left(Base):
    def go(self):
        super().go()


class Right(Base):
    def go(self):
        super().go()


class Both(Left, Right):
    pass


Both().go()
