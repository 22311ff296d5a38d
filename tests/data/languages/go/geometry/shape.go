// Package geometry holds shapes.
package geometry

import "math"

type Area interface {
	Area(scale float64) float64
}

type Base struct {
	Name string
}

func (b *Base) Rename(name string) { b.Name = name }

type Circle struct {
	Base
	Radius, größe float64
	next          *Circle
}

const Unit = 1.0
