"""Static analysis with tree-sitter grammars; nothing is executed."""

from gmert_pyg.parsing.treesitter.descriptions import DESCRIPTIONS
from gmert_pyg.parsing.treesitter.grammars import (
    EXTRA_HINT,
    MissingGrammarError,
    load_grammar,
)
from gmert_pyg.parsing.treesitter.module import parse_with_grammar

__all__ = [
    "DESCRIPTIONS",
    "EXTRA_HINT",
    "MissingGrammarError",
    "load_grammar",
    "parse_with_grammar",
]
