"""Many ranges at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]


def ranges(start: IntArray, count: IntArray) -> IntArray:
    """Return `start[0], ..., start[0] + count[0] - 1, start[1], ...`.

    Example:
        >>> ranges(np.array([5, 9]), np.array([2, 1])).tolist()
        [5, 6, 9]
    """
    offset = np.cumsum(count) - count
    return np.repeat(start - offset, count) + np.arange(int(count.sum()))


def join(left: IntArray, right: IntArray) -> tuple[IntArray, IntArray]:
    """Return all pairs of positions at which both hold the same value.

    Example:
        >>> [pairs.tolist() for pairs in join(np.array([3, 4]),
        ...                                   np.array([4, 5, 4]))]
        [[1, 1], [0, 2]]
    """
    order = np.argsort(right, kind="stable")
    low = np.searchsorted(right[order], left, side="left")
    high = np.searchsorted(right[order], left, side="right")
    count = high - low
    return np.repeat(np.arange(len(left)), count), order[ranges(low, count)]


class RaggedLists:
    """Lists of integers of unequal length, one after the other.

    Args:
        lists: the lists.

    Example:
        >>> length, values = RaggedLists([[7], [], [8, 9]]).take(
        ...     np.array([2, 1, 0]))
        >>> length.tolist(), values.tolist()
        ([2, 0, 1], [8, 9, 7])
    """

    def __init__(self, lists: Sequence[Sequence[int]]) -> None:
        self.length = np.array([len(part) for part in lists], np.int64)
        self.values = np.array([i for part in lists for i in part], np.int64)
        self._first = np.cumsum(self.length) - self.length

    def take(self, which: IntArray) -> tuple[IntArray, IntArray]:
        """Return the lengths of some lists, and all their values in turn."""
        length = self.length[which]
        return length, self.values[ranges(self._first[which], length)]
