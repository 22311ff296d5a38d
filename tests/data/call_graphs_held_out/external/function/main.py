from ext import f

f()
