#include <stdlib.h>
#include "geo/shape.h"
#include "internal.h"

static int counter = 0;

static double scaled(double value, int scale) {
    return value * scale; /* "é" */
}

double shape_area(const Shape *shape, int scale) {
    double größe = scaled(shape->width, scale);
    count_call(LIMIT);
    counter++;
    return größe;
}

Shape *shape_new(double width) {
    Shape *made = malloc(sizeof(Shape));
    made->width = SQUARE(width);
    made->next->width = width;
    return made;
}
