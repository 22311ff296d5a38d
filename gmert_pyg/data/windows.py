"""The chains of a file: windows of consecutive roots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.ranges import ranges
from gmert_pyg.data.root_tokens import RootTokens

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Windows:
    r"""The windows of a text that become graphs, one after the other.

    Args:
        roots: the roots of all windows, in the order of the text.
        pointers: :math:`[W + 1]`, where the roots of each window start and end.
    """

    roots: RootTokens
    pointers: IntArray

    def __len__(self) -> int:
        return len(self.pointers) - 1

    @property
    def of_root(self) -> IntArray:
        """The window of every root."""
        return np.repeat(np.arange(len(self)), np.diff(self.pointers))

    @classmethod
    def take(
        cls, roots: RootTokens, first: IntArray, length: IntArray
    ) -> Windows:
        """Take windows that do not overlap out of a text.

        Args:
            roots: the roots of the text.
            first: the first root of every window, ascending.
            length: the number of its roots.
        """
        pointers = np.concatenate([[0], np.cumsum(length)])
        return cls(roots[ranges(first, length)], pointers)


def cut_windows(
    roots: RootTokens, start: int, stop: int, max_roots: int
) -> list[tuple[int, int]]:
    """Cut a stretch of roots into windows that together hold every root.

    A window ends before a line break where its second half has one, else at a
    word, so that no identifier is cut unless it is longer than half a window.

    Args:
        roots: the roots of a text.
        start: the first root of the stretch.
        stop: the root after its last one.
        max_roots: the most roots in a window.

    Returns:
        The first root of every window, and the number of its roots.

    Raises:
        ValueError: if `max_roots` is not positive.
    """
    if max_roots < 1:
        raise ValueError(f"'max_roots' must be positive (got {max_roots})")
    windows = []
    while start < stop:
        end = min(start + max_roots, stop)
        if end < stop:
            end = _cut(roots, start, end)
        windows.append((start, end - start))
        start = end
    return windows


def _cut(roots: RootTokens, start: int, stop: int) -> int:
    """Find the best place to end the window that may hold `start:stop`."""
    middle = start + (stop - start) // 2
    for places in (roots.line_break, roots.word_start):
        candidates = np.flatnonzero(places[middle + 1 : stop + 1])
        if len(candidates):
            return int(middle + 1 + candidates[-1])
    return stop
