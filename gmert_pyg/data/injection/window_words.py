"""The words that stand in windows: in code, in strings and in comments."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.injection.lexicon import Lexicon
from gmert_pyg.data.injection.words import word_spans
from gmert_pyg.data.windows import Windows

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


class WindowWords:
    """The words of a file's windows.

    Args:
        windows: the windows.
        text: the text of the file.
        lexicon: the words and subtokens of tails.

    Attributes:
        window: the window of every word.
        first: its first root there, among the roots of all windows.
        length: the number of its roots.
        word: its number in the lexicon, or 0.
    """

    def __init__(self, windows: Windows, text: str, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
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
        )[place]
        words = list(distinct)
        self.window = found.window
        self.first = found.first
        self.length = found.length
        self.word = lexicon.word_ids(words)[number]
        self._words = _Incidence(
            self.window, self.word, len(windows), lexicon.num_words
        )
        count, parts = lexicon.subtokens_of(words).take(number)
        self._subtokens = _Incidence(
            np.repeat(self.window, count),
            parts,
            len(windows),
            lexicon.num_subtokens,
        )

    def name(self, window: IntArray, text: IntArray) -> BoolArray:
        """Tell for each window whether its words name a tail.

        Args:
            window: the windows.
            text: the number of a tail's text for each.
        """
        length, word = self.lexicon.naming_words.take(text)
        which = np.repeat(np.arange(len(text)), length)
        missing = ~self._words.holds(window[which], word)
        named: BoolArray = length > 0
        named[which[missing]] = False
        return named

    def overlap(self, window: IntArray, text: IntArray) -> FloatArray:
        r"""Return the share of a tail's subtokens that a window's words have.

        Weighted by inverse document frequency: with the subtokens :math:`T` of
        the tail and :math:`W` of the window,

        .. math::
            \sum_{w \in T \cap W} \mathrm{idf}(w) \Big/
            \sum_{w \in T} \mathrm{idf}(w) \in [0, 1].

        Args:
            window: the windows.
            text: the number of a tail's text for each.
        """
        length, part = self.lexicon.subtokens.take(text)
        weight = self.lexicon.idf[part]
        which = np.repeat(np.arange(len(text)), length)
        shared = weight * self._subtokens.holds(window[which], part)
        total = np.bincount(which, weight, minlength=len(text))
        return np.divide(
            np.bincount(which, shared, minlength=len(text)),
            total,
            out=np.zeros(len(text)),
            where=total > 0,
        )


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
