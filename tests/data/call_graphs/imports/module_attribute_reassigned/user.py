import conf
def use():
    conf.handler()
