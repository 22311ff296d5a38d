import ext as e
from ext.sub import *

x = e.make()
x.go().stop()
helper()


class C(e.Base):
    def __init__(self):
        super().__init__()
        e.Base.setup(self)


C()
