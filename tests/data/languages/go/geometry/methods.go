package geometry

import "math"

func NewCircle(radius float64) *Circle {
	return &Circle{Radius: radius, größe: Unit}
}

func (c *Circle) Area(scale float64) (area float64, err error) {
	area = math.Pi * c.Radius * scale
	c.Rename("é")
	return area, nil
}

type Celsius float64

func (c Celsius) Double() Celsius { return c * 2 }
