class Shape:
    sides = 0

    def area(self):
        return self.scale(1)

    def scale(self, factor: float) -> "Shape":
        self.factor = factor
        return self
