def a(): pass
def b(): pass
x, y = a, b
x, y = y, x
x()
def setter():
    global z
    z = a
setter()
z()
if (w := b):
    w()
(p, (q, *r)) = (a, (b, a))
q()
r[0]()
