from tools import *

use()
extra()
