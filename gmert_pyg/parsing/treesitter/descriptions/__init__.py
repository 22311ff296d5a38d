"""The languages, one description each."""

from gmert_pyg.parsing.treesitter.descriptions.c import C
from gmert_pyg.parsing.treesitter.descriptions.go import GO
from gmert_pyg.parsing.treesitter.descriptions.java import JAVA
from gmert_pyg.parsing.treesitter.descriptions.javascript import JAVASCRIPT
from gmert_pyg.parsing.treesitter.descriptions.python import PYTHON
from gmert_pyg.parsing.treesitter.descriptions.typescript import (
    TSX,
    TYPESCRIPT,
)

DESCRIPTIONS = {
    "c": C,
    "go": GO,
    "java": JAVA,
    "javascript": JAVASCRIPT,
    "python": PYTHON,
    "tsx": TSX,
    "typescript": TYPESCRIPT,
}
"""All languages that tree-sitter reads, by name."""
