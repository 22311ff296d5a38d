import geometry
from geometry import Round, make_circle, normalise

disc = Round(3)
maker = make_circle


def main():
    made = make_circle(2)
    made.area()
    disc.grow(by=1)
    maker(4).scale(2)
    return normalise([disc.radius]), geometry.missing()
