#include <stdio.h>
#include <geo/shape.h>

int main(int argc, char **argv) {
    Shape *shape = shape_new(2.0);
    enum style style = FILLED;
    Shape local = { .width = 1.0 };
    measure_fn measure = 0;
    printf("%f é\n", shape_area(shape, argc));
    external_only();
    goto done;
done:
    return (int) local.width + style;
}
