"""The words that stand in windows: in code, in strings and in comments."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.injection.lexicon import Lexicon
from gmert_pyg.data.ranges import ranges
from gmert_pyg.data.windows import Windows

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


class WindowWords:
    """The words of a file's windows.

    Args:
        windows: the windows.
        text: the text of the file.
        lexicon: the names and subtokens of tails.

    Attributes:
        window: the window of every word.
        first: its first root there, among the roots of all windows.
        length: the number of its roots.
        name: the number of its text among the names of tails, or 0.
    """

    def __init__(self, windows: Windows, text: str, lexicon: Lexicon) -> None:
        start, end = word_spans(text)
        # Whatever can be read off a word can be read off its later part.
        found = windows.locate(start, end, partial=True)
        new = np.diff(found.span, prepend=-1) != 0
        used, place = found.span[new], np.cumsum(new) - 1
        distinct: dict[str, int] = {}
        number = np.array(
            [
                distinct.setdefault(text[first:last], len(distinct))
                for first, last in zip(
                    start[used].tolist(), end[used].tolist(), strict=True
                )
            ],
            np.int64,
        )
        words = list(distinct)
        self.window = found.window
        self.first = found.first
        self.length = found.length
        word = number[place]
        self.name = lexicon.name_ids(words)[word]
        self._names = _Incidence(
            self.window, self.name, len(windows), lexicon.num_names + 1
        )
        count, parts = lexicon.subtokens_of_words(words)
        first = np.cumsum(count) - count
        self._subtokens = _Incidence(
            np.repeat(self.window, count[word]),
            parts[ranges(first[word], count[word])],
            len(windows),
            lexicon.num_subtokens,
        )

    def hold_name(self, window: IntArray, name: IntArray) -> BoolArray:
        """Tell for each window whether one of its words is a name."""
        return self._names.holds(window, name) & (name > 0)

    def hold_subtoken(self, window: IntArray, subtoken: IntArray) -> BoolArray:
        """Tell for each window whether one of its words has a subtoken."""
        return self._subtokens.holds(window, subtoken)


class _Incidence:
    """Which windows hold which of many things, as a table of those present."""

    def __init__(
        self, window: IntArray, thing: IntArray, num_windows: int, total: int
    ) -> None:
        present = np.unique(thing)
        # The last column is that of all things that no window holds.
        self._column = np.full(total, len(present), np.int32)
        self._column[present] = np.arange(len(present))
        self._table = np.zeros((num_windows, len(present) + 1), bool)
        self._table[window, self._column[thing]] = True

    def holds(self, window: IntArray, thing: IntArray) -> BoolArray:
        found: BoolArray = self._table[window, self._column[thing]]
        return found
