"""The languages that can be read, and the files they are written in."""

from __future__ import annotations

import os
from collections.abc import Iterable

LANGUAGES: dict[str, tuple[str, ...]] = {
    "python": (".py",),
    "java": (".java",),
    "javascript": (".js", ".mjs", ".cjs", ".jsx"),
    "typescript": (".ts", ".mts", ".cts", ".tsx"),
    "go": (".go",),
    "c": (".c", ".h"),
}
"""The endings of the files of each language."""

SUFFIXES: dict[str, str] = {
    suffix: language
    for language, suffixes in LANGUAGES.items()
    for suffix in suffixes
}
"""The language of each file ending."""


def language_of(path: str | os.PathLike[str]) -> str:
    """Return the language of a file, Python where its ending says nothing."""
    suffix = os.path.splitext(os.fspath(path))[1]
    return SUFFIXES.get(suffix, "python")


def suffixes_of(languages: str | Iterable[str]) -> tuple[str, ...]:
    """Return the endings of the files of some languages.

    Args:
        languages: their names, one name, or `"all"`.

    Raises:
        ValueError: if one of them is not known, or if there are none.
    """
    names = [languages] if isinstance(languages, str) else list(languages)
    if names == ["all"]:
        names = list(LANGUAGES)
    unknown = [name for name in names if name not in LANGUAGES]
    if unknown or not names:
        raise ValueError(
            f"'languages' must be 'all' or some of {', '.join(LANGUAGES)}"
            f" (got {', '.join(map(repr, unknown)) or 'none'})"
        )
    return tuple(suffix for name in names for suffix in LANGUAGES[name])
