"""Which roots of a window tell the triples that hang in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.injection.places import FilePlaces
from gmert_pyg.data.injection.words import WindowWords
from gmert_pyg.data.ranges import join, ranges
from gmert_pyg.data.windows import Windows

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LeakSources:
    """Where the windows of a file tell triples.

    They tell a triple where they hold a place that states it. They also tell it
    where they hold a word that is its tail's name, in code, in a string or in a
    comment: a call that is masked must not be readable from a leaf that another
    call, or no call at all, gave rise to. Variables and parameters are let off
    the second rule: their names are everywhere in the code that has them, and
    hiding every leaf that repeats one would leave nothing to learn from.

    Args:
        triple: the triple of each place that states one.
        window: its window.
        first: its first root, among the roots of all windows.
        length: the number of its roots.
        words: the words of the windows.
        num_triples: the number of triples of the knowledge graph.
        num_names: the number of names of tails.
    """

    triple: IntArray
    window: IntArray
    first: IntArray
    length: IntArray
    words: WindowWords
    num_triples: int
    num_names: int

    @classmethod
    def of_file(
        cls,
        windows: Windows,
        places: FilePlaces,
        words: WindowWords,
        num_triples: int,
        num_names: int,
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
            num_names,
        )

    def is_local(
        self, window: IntArray, triple: IntArray, name: IntArray
    ) -> BoolArray:
        """Tell whether windows name the tails of triples or state them.

        Args:
            window: the windows.
            triple: a triple for each.
            name: the names of their tails.
        """
        stated = np.isin(self._key(window, triple), self._keys())
        return stated | self.words.hold_name(window, name)

    def roots(
        self,
        window: IntArray,
        triple: IntArray,
        name: IntArray,
        is_bound: BoolArray,
    ) -> tuple[IntArray, IntArray]:
        """Find the roots that tell triples.

        Args:
            window: the window of each triple.
            triple: the triples.
            name: the names of their tails.
            is_bound: whether those are variables or parameters.

        Returns:
            The roots, and for each the position of the triple that it tells;
            by that position, each pair once.
        """
        stated, place = join(self._key(window, triple), self._keys())
        free = np.flatnonzero(~is_bound)
        words = self.words
        named, word = join(
            window[free] * (self.num_names + 1) + name[free],
            words.window * (self.num_names + 1) + words.name,
        )
        which = np.concatenate([stated, free[named]])
        first = np.concatenate([self.first[place], words.first[word]])
        length = np.concatenate([self.length[place], words.length[word]])
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
