"""The lines around a place in the source code."""

from __future__ import annotations

from functools import lru_cache

from gmert_pyg.distill.extraction.extracted_triples import TripleSource
from gmert_pyg.parsing.source_file import SourceError, read_source

_LINES_AROUND = 2


def read_excerpt(source: TripleSource) -> str:
    """Return the numbered lines around a mention.

    Args:
        source: the mention.

    Returns:
        The lines, or nothing if the file cannot be read or has no such line.
    """
    lines = _lines(source.file)
    if not 1 <= source.line <= len(lines):
        return ""
    first = max(source.line - _LINES_AROUND, 1)
    shown = lines[first - 1 : source.line + _LINES_AROUND]
    return "\n".join(
        f"{number:>5}  {line}" for number, line in enumerate(shown, first)
    )


@lru_cache(maxsize=512)
def _lines(file: str) -> tuple[str, ...]:
    try:
        return tuple(read_source(file).split("\n"))
    except (SourceError, ValueError):  # ValueError: a null byte in the name
        return ()
