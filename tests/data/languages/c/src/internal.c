#include "internal.h"

void count_call(int limit) {
    for (int i = 0; i < limit; i++) {
        _hidden(i);
    }
    for (int i = 0; i < 2; i++) {
        _hidden(i);
    }
}

int _hidden(int value) {
    return value;
}
