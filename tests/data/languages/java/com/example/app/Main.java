package com.example.app;

import com.example.base.*;
import com.google.common.collect.Lists;
import static java.lang.Integer.parseInt;
import java.util.List;
import java.util.function.Function;

class Main {
    record Pair(Circle left, Shape right) {}

    static Circle make(double r) {
        return new Circle(r);
    }

    public static void main(String[] args) {
        Circle circle = make(2);
        var other = new Circle(parseInt(args[0]));
        circle.grow(3).area();
        other.area();
        make(1).name();
        List<Shape> shapes = Lists.newArrayList(circle, other);
        for (Shape shape : shapes) {
            shape.area();
        }
        Function<Circle, Double> f = (Circle x) -> x.area();
        Pair pair = new Pair(circle, other);
        pair.left.name();
        ((Circle) pair.right).name();
    }
}
