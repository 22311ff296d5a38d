from .net import connect, Client
from .net import ping as _ping
from . import api
import pkg.sub.deep
