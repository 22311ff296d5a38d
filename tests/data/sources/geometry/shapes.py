from __future__ import annotations

import math

from geometry.base import Shape


class Circle(Shape):
    def __init__(self, radius):
        self.radius = radius

    def area(self):
        base = super().area()
        return base + math.pi * self.radius

    def grow(self, by: int | None):
        other = Circle(radius=self.radius + by)
        other.scale(by)
        return self.unheard_of(other)


def make_circle(radius):
    return Circle(radius)


def strange(shape):
    shape.grow(1)
    shape.append(2)
    shape.area()
    radius = shape
    radius()
