from tools import *

_open()
