from models import load

load().save().check()
