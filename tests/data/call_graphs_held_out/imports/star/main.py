from other import *

f()
