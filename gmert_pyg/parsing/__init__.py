"""Static analysis of single source files, with exact positions."""

from gmert_pyg.parsing.any_language import parse_source
from gmert_pyg.parsing.columns import Fact, FactTable, Mention, MentionTable
from gmert_pyg.parsing.facts import Definition, Entity, ModuleFacts
from gmert_pyg.parsing.languages import language_of, suffixes_of
from gmert_pyg.parsing.python import (
    Extracted,
    Extractor,
    ModuleView,
    parse_module,
)
from gmert_pyg.parsing.source_file import LineIndex, SourceError, read_source
from gmert_pyg.parsing.statement_table import StatementTable

__all__ = [
    "Definition",
    "Entity",
    "Extracted",
    "Extractor",
    "Fact",
    "FactTable",
    "LineIndex",
    "Mention",
    "MentionTable",
    "ModuleFacts",
    "ModuleView",
    "SourceError",
    "StatementTable",
    "language_of",
    "parse_module",
    "parse_source",
    "read_source",
    "suffixes_of",
]
