import pkg.a
import pkg.b as bee
from pkg import c
from pkg.d import *

pkg.a.run()
bee.run()
c.run()
go()
