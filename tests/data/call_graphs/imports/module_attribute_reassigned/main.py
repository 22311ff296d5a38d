import conf
import user
def custom(): pass
conf.handler = custom
user.use()
