"""Static analysis of Python source with `ast`; nothing is executed."""

from gmert_pyg.parsing.python.extraction import (
    Extracted,
    Extractor,
    ModuleView,
)
from gmert_pyg.parsing.python.module import parse_module

__all__ = ["Extracted", "Extractor", "ModuleView", "parse_module"]
