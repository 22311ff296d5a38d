from other import mk

mk()()
