from .. import top
from ..sibling import help_out
from . import near


def run():
    top()
    help_out()
    near.act()
