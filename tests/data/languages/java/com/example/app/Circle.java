package com.example.app;

import com.example.base.Named;
import com.example.base.Shape;
import java.util.ArrayList;
import java.util.List;

@Deprecated
public class Circle extends Shape implements Named {
    enum Style { PLAIN, FILLED }

    private final double radius;
    private Style style = Style.PLAIN;

    @SuppressWarnings("unused")
    public Circle(double radius) {
        this.radius = radius;
    }

    @Override
    public double area() {
        double grösse = Math.PI * radius; // "é" before names shifts bytes
        return grösse * scale;
    }

    public String name() {
        return "circle é" + helper(radius);
    }

    private static int helper(double value) {
        int total = 0;
        for (int i = 0; i < 3; i++) {
            total += i;
        }
        for (int i = 0; i < 2; i++) {
            total -= i;
        }
        return total;
    }
}
