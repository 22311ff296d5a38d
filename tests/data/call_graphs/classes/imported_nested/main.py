import a.b as c
from a import b
import a

c.X().m()
b.X.s()
a.b.Y().X().m()
