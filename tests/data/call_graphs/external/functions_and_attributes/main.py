import ext
import ext.sub
from ext import thing as other

ext.run()
ext.sub.run()
ext.Cls.make()
other()
f = ext.late
f()
