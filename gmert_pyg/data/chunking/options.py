"""What decides which code becomes one chain."""

from __future__ import annotations

from dataclasses import dataclass

from gmert_pyg.data.chunking.units import UNITS

MIN_ROOTS = 8
"""A character has up to 4 tokens, and half a window may repeat signatures."""


@dataclass(frozen=True, kw_only=True)
class ChunkOptions:
    """What decides which code becomes one chain.

    Args:
        max_roots: longer units are cut into windows of at most this many
            roots, at the boundaries of statements wherever a window can hold
            the statement.
        unit: what becomes graphs: `"function"`, the functions and methods,
            nested ones inside; `"class"`, whole classes, and the functions
            outside of them; or `"file"`, everything.
        repeat_signature: whether a window that starts inside a function or a
            class of its unit repeats the signature first.

    Raises:
        ValueError: if `max_roots` is below 8, or `unit` is unknown.
    """

    max_roots: int = 128
    unit: str = "function"
    repeat_signature: bool = False

    def __post_init__(self) -> None:
        if self.max_roots < MIN_ROOTS:
            raise ValueError(
                f"'max_roots' must be at least {MIN_ROOTS} (got"
                f" {self.max_roots})"
            )
        if self.unit not in UNITS:
            raise ValueError(
                f"'unit' must be one of {', '.join(map(repr, UNITS))} (got"
                f" {self.unit!r})"
            )
