from .net import ping
