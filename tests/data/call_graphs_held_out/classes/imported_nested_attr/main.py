import pkg.sub

a = pkg.sub.A()
a.f()
