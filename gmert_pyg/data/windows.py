"""The chains of a file: windows of its roots."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.ranges import ranges
from gmert_pyg.data.root_tokens import RootTokens

IntArray = NDArray[np.int64]


class Located(NamedTuple):
    r"""Where windows hold spans of characters, by span, then by window.

    Args:
        span: :math:`[P]`, the number of the span.
        window: :math:`[P]`, a window that holds it.
        first: :math:`[P]`, the first of its roots there, among the roots of all
            windows.
        length: :math:`[P]`, the number of its roots there, at least 1.
    """

    span: IntArray
    window: IntArray
    first: IntArray
    length: IntArray


class Windows:
    r"""The windows of a text that become graphs, one after the other.

    A window is a list of *stretches* of the text, its own part and parts that
    it repeats from elsewhere, such as the signature around it: windows may
    overlap in the text. Stretches that follow each other in the text as well
    as in their window are one.

    Args:
        text: the roots of the text, :math:`t_0, t_1, \ldots`
        places: :math:`[n]`, which of them is root :math:`j` of all windows.
        pointers: :math:`[W + 1]`, where the roots of each window start and end.

    Attributes:
        roots: the roots of all windows.
        of_root: :math:`[n]`, the window of each.
    """

    def __init__(
        self, text: RootTokens, places: IntArray, pointers: IntArray
    ) -> None:
        self.text = text
        self.pointers = pointers
        self.roots = text[places]
        self.of_root = np.repeat(np.arange(len(self)), np.diff(pointers))
        opens = np.ones(len(places), bool)
        opens[1:] = np.diff(places) != 1
        opens[pointers[:-1][np.diff(pointers) > 0]] = True
        self._stretch_of_root = np.cumsum(opens) - 1
        first = np.flatnonzero(opens)
        self._stretch_end = np.append(first[1:], len(places))
        # Roots of the text to where windows hold them, and stretches by start.
        self._held = np.argsort(places, kind="stable")
        self._held_pointers = np.searchsorted(
            places[self._held], np.arange(len(text) + 1)
        )
        by_start = np.argsort(places[first], kind="stable")
        self._opening = first[by_start]
        self._opening_place = places[self._opening]

    def __len__(self) -> int:
        return len(self.pointers) - 1

    @classmethod
    def take(
        cls,
        text: RootTokens,
        first: IntArray,
        length: IntArray,
        window: IntArray | None = None,
    ) -> Windows:
        """Take windows out of a text.

        Args:
            text: the roots of the text.
            first: the first root of every stretch.
            length: the number of its roots, at least 1.
            window: the window of every stretch, ascending from 0 without gaps.
                (default: every stretch is a window of its own)
        """
        if window is None:
            window = np.arange(len(first))
        size = np.bincount(window, length).astype(np.int64)
        pointers = np.concatenate([[0], np.cumsum(size)])
        return cls(text, ranges(first, length), pointers)

    def locate(
        self, start: IntArray, end: IntArray, *, partial: bool = False
    ) -> Located:
        """Find every place where a window holds a span of characters.

        A span is held where its first root is, up to the end of the stretch:
        of an identifier that a window cuts, only the window with its beginning
        tells what it is. With `partial`, stretches that hold a later part of
        the span only are places of it too: whatever can be read off a span can
        be read off its parts. A span that no root covers has no place.

        Args:
            start: the first character of each span; spans need no order.
            end: the character after its last one.
            partial: whether later parts count as well.
                (default: :obj:`False`)
        """
        place, num_roots = self.text.spans(start, end)
        covered = np.flatnonzero(num_roots)
        place, num_roots = place[covered], num_roots[covered]
        low, high = self._held_pointers[place], self._held_pointers[place + 1]
        span = np.repeat(np.arange(len(place)), high - low)
        first = self._held[ranges(low, high - low)]
        length = num_roots[span]
        if partial:
            low = np.searchsorted(self._opening_place, place, side="right")
            high = np.searchsorted(self._opening_place, place + num_roots)
            later = np.repeat(np.arange(len(place)), high - low)
            opening = ranges(low, high - low)
            skipped = self._opening_place[opening] - place[later]
            span = np.concatenate([span, later])
            first = np.concatenate([first, self._opening[opening]])
            length = np.concatenate([length, num_roots[later] - skipped])
        # The roots of windows are ordered by window.
        order = np.lexsort((first, span))
        span, first, length = span[order], first[order], length[order]
        room = self._stretch_end[self._stretch_of_root[first]] - first
        return Located(
            covered[span],
            self.of_root[first],
            first,
            np.minimum(length, room),
        )
