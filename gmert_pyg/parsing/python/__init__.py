"""Static analysis of Python source with `ast`; nothing is executed."""

from gmert_pyg.parsing.python.module import parse_module

__all__ = ["parse_module"]
