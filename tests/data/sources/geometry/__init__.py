from .helpers import *
from .shapes import Circle as Round
from .shapes import make_circle
