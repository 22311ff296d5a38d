from .sub import f
