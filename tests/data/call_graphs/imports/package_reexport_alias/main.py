import pkg as p
from pkg import api, Client as C
p.connect()
api.ping()
C().send()
p.sub.deep.run()
