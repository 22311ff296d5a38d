"""Static analysis with tree-sitter grammars; nothing is executed."""

from gmert_pyg.parsing.treesitter.descriptions import DESCRIPTIONS
from gmert_pyg.parsing.treesitter.grammars import MissingGrammarError
from gmert_pyg.parsing.treesitter.module import parse_with_grammar

__all__ = ["DESCRIPTIONS", "MissingGrammarError", "parse_with_grammar"]
