"""From the text of a file to its facts, whatever it is written in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gmert_pyg.parsing.facts import ModuleFacts
from gmert_pyg.parsing.languages import LANGUAGES
from gmert_pyg.parsing.python import Extractor, parse_module
from gmert_pyg.parsing.source_file import SourceError
from gmert_pyg.parsing.treesitter import (
    EXTRA_HINT,
    MissingGrammarError,
    parse_with_grammar,
)


def parse_source(
    text: str,
    path: str,
    module: str,
    is_package: bool = False,
    *,
    language: str = "python",
    recover: bool = True,
    extractors: Sequence[Extractor] = (),
) -> ModuleFacts:
    """Analyse one file.

    Python is read with `ast`. What that refuses - Python 2, unfinished edits,
    code nested too deeply - is read with tree-sitter if it is installed, and
    its facts are marked as `recovered`. Where that finds none either, the file
    is refused for the first reason.

    Args:
        text: its text.
        path: its path, for messages and provenance.
        module: its module name.
        is_package: whether it stands for the folder that it is in.
        language: what it is written in, one of `LANGUAGES`.
            (default: :obj:`"python"`)
        recover: whether to read Python that has errors of syntax.
            (default: :obj:`True`)
        extractors: what reads further facts from the tree of Python.
            (default: none)

    Returns:
        its entities, definitions, mentions and facts.

    Raises:
        SourceError: if the text cannot be read as that language.
        MissingGrammarError: if the grammar of another language than Python is
            not installed.
        ValueError: if there is no such language.
    """
    if language not in LANGUAGES:
        raise ValueError(
            f"'language' must be one of {', '.join(LANGUAGES)}"
            f" (got '{language}')"
        )
    if language != "python":
        if language == "typescript" and path.endswith(".tsx"):
            language = "tsx"
        return parse_with_grammar(
            text, path, module, is_package, language=language
        )
    try:
        return parse_module(text, path, module, is_package, extractors)
    except SourceError as error:
        if not recover:
            raise
        return _recover(text, path, module, is_package, error)


def _recover(
    text: str, path: str, module: str, is_package: bool, error: SourceError
) -> ModuleFacts:
    """Read what can be read of Python with errors, or raise the first one."""
    try:
        facts = parse_with_grammar(
            text, path, module, is_package, language="python"
        )
    except MissingGrammarError:
        hint = f"{error.reason}; to read such files, {EXTRA_HINT}"
        raise SourceError(hint, path) from error
    except SourceError:
        raise error from None
    if not len(facts.facts):
        raise error
    # What is nested too deeply for `ast` has no error for a grammar.
    return replace(facts, recovered=True)
