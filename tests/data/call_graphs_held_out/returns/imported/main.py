from other import mk

x = mk()
x()
