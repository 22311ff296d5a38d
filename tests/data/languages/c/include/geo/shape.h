#ifndef SHAPE_H
#define SHAPE_H

#define LIMIT 10
#define SQUARE(x) ((x) * (x))

typedef struct shape {
    double width;
    struct shape *next;
} Shape;

typedef double (*measure_fn)(const Shape *);

enum style { PLAIN, FILLED = 2 };

double shape_area(const Shape *shape, int scale);
Shape *shape_new(double width);
int external_only(void);

#endif
