"""Source text made fit to be shown."""

from __future__ import annotations

import unicodedata

_SIGNS = {"\n": "⏎", "\t": "⇥"}


def visible(text: str) -> str:
    r"""Replace what a page would not show by signs and escapes.

    Control characters, lone surrogates and the marks that reorder text would
    let code look like other code; they are spelled out.

    Example:
        >>> print(visible("a" + chr(0x202E) + "b"))
        a\u202eb
    """
    return "".join(
        character
        if character.isprintable()
        else _SIGNS.get(character)
        or character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def shorten(text: str, length: int) -> str:
    """Cut a text to at most `length` characters, with an ellipsis."""
    return text if len(text) <= length else text[: length - 1] + "…"


def columns(text: str) -> int:
    """Count the columns that a text takes in a monospaced font."""
    return sum(
        2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
