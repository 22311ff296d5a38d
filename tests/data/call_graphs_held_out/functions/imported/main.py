import other

x = other.f
x()
