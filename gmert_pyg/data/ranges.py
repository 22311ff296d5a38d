"""Many ranges at once."""

from __future__ import annotations

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
