"""Grammars, loaded when a language is first read."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tree_sitter import Parser

EXTRA_HINT = "install the extra 'languages': pip install gmert-pyg[languages]"


_PACKAGES = (
    "tree-sitter",
    "tree-sitter-c",
    "tree-sitter-go",
    "tree-sitter-java",
    "tree-sitter-javascript",
    "tree-sitter-python",
    "tree-sitter-typescript",
)


def installed_grammars() -> dict[str, str]:
    """Return the versions of what decides which files can be read, and how."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


class MissingGrammarError(ImportError, ValueError):
    """The grammar of a language is not installed: a wish that is bad input."""


class Grammar(NamedTuple):
    """What reads a language.

    Args:
        parser: its parser.
        keywords: its words that are no names, not everywhere at least.
    """

    parser: Parser
    keywords: frozenset[str]


@cache
def load_grammar(module: str, function: str) -> Grammar:
    """Return the parser and the keywords of a grammar.

    Args:
        module: the module that ships the grammar.
        function: its function that returns the language.

    Raises:
        MissingGrammarError: if it, or tree-sitter, is not installed.
    """
    try:
        from tree_sitter import Language, Parser

        grammar = import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "") not in ("tree_sitter", module):
            raise
        raise MissingGrammarError(
            f"the grammar '{module}' is missing: {EXTRA_HINT}"
        ) from error
    language = Language(getattr(grammar, function)())
    kinds = [
        language.node_kind_for_id(i) or ""
        for i in range(language.node_kind_count)
        if not language.node_kind_is_named(i)
    ]
    keywords = frozenset(kind for kind in kinds if kind.isidentifier())
    return Grammar(Parser(language), keywords)
