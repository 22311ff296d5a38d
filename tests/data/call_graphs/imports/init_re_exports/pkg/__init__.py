from .core import run, other as renamed
from .core import Tool
