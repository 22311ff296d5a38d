"""Which roots of a window tell the triples that hang in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.injection.places import FilePlaces
from gmert_pyg.data.injection.window_words import WindowWords
from gmert_pyg.data.ranges import join, ranges
from gmert_pyg.data.windows import Windows

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LeakSources:
    """Where the windows of a file tell triples.

    They tell a triple where they hold a place that states it. They also tell it
    where they hold a word of its tail, in code, in a string or in a comment: a
    word that is masked must not be readable from a leaf, whatever place the
    leaf is due to. Variables and parameters are let off the second rule: their
    names are everywhere in the code that has them, and hiding every leaf that
    repeats one would leave nothing to learn from.

    Args:
        triple: the triple of each place that states one.
        window: its window.
        first: its first root, among the roots of all windows.
        length: the number of its roots.
        words: the words of the windows.
        num_triples: the number of triples of the knowledge graph.
    """

    triple: IntArray
    window: IntArray
    first: IntArray
    length: IntArray
    words: WindowWords
    num_triples: int

    @classmethod
    def of_file(
        cls,
        windows: Windows,
        places: FilePlaces,
        words: WindowWords,
        num_triples: int,
    ) -> LeakSources:
        """Find the places of a file in its windows."""
        found = windows.locate(places.start, places.end, partial=True)
        return cls(
            places.triple[found.span],
            found.window,
            found.first,
            found.length,
            words,
            num_triples,
        )

    def is_local(
        self, window: IntArray, triple: IntArray, text: IntArray
    ) -> BoolArray:
        """Tell whether windows name the tails of triples or state them.

        Args:
            window: the windows.
            triple: a triple for each.
            text: the numbers of the tails' texts.
        """
        stated = np.isin(self._key(window, triple), self._keys())
        return stated | self.words.name(window, text)

    def roots(
        self,
        window: IntArray,
        triple: IntArray,
        text: IntArray,
        is_bound: BoolArray,
    ) -> tuple[IntArray, IntArray]:
        """Find the roots that tell triples.

        Args:
            window: the window of each triple.
            triple: the triples.
            text: the numbers of the tails' texts.
            is_bound: whether those are variables or parameters.

        Returns:
            The roots, and for each the position of the triple that it tells;
            by that position, each pair once.
        """
        stated, place = join(self._key(window, triple), self._keys())
        free = np.flatnonzero(~is_bound)
        words = self.words
        num_words = words.lexicon.num_words
        length, word = words.lexicon.words.take(text[free])
        free = np.repeat(free, length)
        named, same = join(
            window[free] * num_words + word,
            words.window * num_words + words.word,
        )
        which = np.concatenate([stated, free[named]])
        first = np.concatenate([self.first[place], words.first[same]])
        length = np.concatenate([self.length[place], words.length[same]])
        root, which = ranges(first, length), np.repeat(which, length)
        order = np.lexsort((root, which))
        root, which = root[order], which[order]
        new = np.ones(len(root), bool)
        new[1:] = (np.diff(root) != 0) | (np.diff(which) != 0)
        return root[new], which[new]

    def _key(self, window: IntArray, triple: IntArray) -> IntArray:
        # Windows times triples stay far below 2 ** 63.
        return window * self.num_triples + triple

    def _keys(self) -> IntArray:
        return self._key(self.window, self.triple)
