"""Words: what an identifier, a keyword or a number could be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


def word_spans(text: str) -> tuple[IntArray, IntArray]:
    """Find all words: runs of characters that an identifier may have.

    Returns:
        Where they start, and the character after their last one.

    Example:
        >>> [bounds.tolist() for bounds in word_spans("été = a_1('of')")]
        [[0, 6, 11], [3, 9, 13]]
    """
    points = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    in_word = _ASCII_WORD[np.minimum(points, 128)]
    foreign = np.flatnonzero(points >= 128)
    if len(foreign):
        distinct, which = np.unique(points[foreign], return_inverse=True)
        in_word[foreign] = np.array([_is_word(chr(p)) for p in distinct])[which]
    edges = np.diff(in_word.view(np.int8), prepend=0, append=0)
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)


def _is_word(character: str) -> bool:
    # Combining marks are no letters, but an identifier may have them.
    return character.isalnum() or f"a{character}".isidentifier()


_ASCII_WORD = np.array([_is_word(chr(point)) for point in range(129)])


def words_of(text: str) -> list[str]:
    """Return the words of a text, in order.

    Example:
        >>> words_of("dict[str, geometry.Point]")
        ['dict', 'str', 'geometry', 'Point']
    """
    if text.isidentifier():
        return [text]
    start, end = word_spans(text)
    return [
        text[first:last]
        for first, last in zip(start.tolist(), end.tolist(), strict=True)
    ]
