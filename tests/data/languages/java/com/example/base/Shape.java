package com.example.base;

/** A shape. */
public abstract class Shape {
    protected double scale = 1.0;

    public abstract double area();

    public Shape grow(double by) {
        this.scale = scale * by;
        return this;
    }
}
