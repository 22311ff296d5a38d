class Shape:
    def __init__(self):
        pass

    @staticmethod
    def unit():
        return Shape()

    @classmethod
    def make(cls):
        return cls()

    def draw(self):
        pass


Shape.unit().draw()
Shape.make().draw()
