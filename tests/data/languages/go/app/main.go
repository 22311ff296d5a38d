package main

import (
	"fmt"

	geo "example.com/acme/shapes/geometry"
)

type Handler func(c *geo.Circle) error

func total(circles []*geo.Circle, handle Handler) float64 {
	sum := 0.0
	for _, c := range circles {
		area, err := c.Area(2)
		if err != nil {
			continue
		}
		sum := sum + area
		fmt.Println(sum)
	}
	return sum
}

func main() {
	c := geo.NewCircle(2)
	c.Area(geo.Unit)
	c.Rename("x")
	var shape geo.Area = c
	shape.Area(1)
	p := geo.Circle{}
	p.Area(1)
	total([]*geo.Circle{c, &p}, nil)
	var t geo.Celsius = 3
	t.Double()
}
