"""Graphs of any length into bins of a constant size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]

# Of this many graphs ahead, those that fit best fill what is left of a bin.
_LOOK_AHEAD = 256


def fill_bins(
    lengths: IntArray, order: IntArray, capacity: int
) -> list[IntArray]:
    """Fill one bin after the other with graphs in a given order.

    A bin takes the next graphs as long as they fit (next fit), then, of those
    that follow soon, the longest that still fits, until none does (best fit).
    The first graph that waits always goes into the next bin, so none waits for
    long, and what shares a bin is as random as the order. The work grows with
    the number of bins, not of graphs.

    Args:
        lengths (NDArray): the length of every graph, at most the capacity.
        order (NDArray): the graphs, each once.
        capacity (int): the most that the graphs of a bin are long together.

    Returns:
        The graphs of every bin.

    Example:
        >>> bins = fill_bins(np.array([4, 5, 2, 1]), np.arange(4), 6)
        >>> [graphs.tolist() for graphs in bins]
        [[0, 2], [1, 3]]
    """
    bins = []
    waiting, read, wanted = order[:0], 0, _LOOK_AHEAD
    while read < len(order) or len(waiting):
        size = len(waiting)
        while read < len(order) and size + _LOOK_AHEAD > len(waiting):
            more = order[read : read + max(wanted - len(waiting), 1)]
            waiting, read = np.append(waiting, more), read + len(more)
            size = _num_fitting(lengths[waiting], capacity)
            wanted = max(wanted, 2 * size + _LOOK_AHEAD)
        size = _num_fitting(lengths[waiting], capacity)
        chosen = _fill(lengths[waiting], size, capacity)
        bins.append(waiting[chosen])
        waiting = waiting[~chosen]
    return bins


def _num_fitting(lengths: IntArray, capacity: int) -> int:
    """Return how many of the first graphs fit together."""
    return int(np.searchsorted(np.cumsum(lengths), capacity, side="right"))


def _fill(lengths: IntArray, size: int, capacity: int) -> NDArray[np.bool_]:
    """Choose the first graphs, and of the others what fits best."""
    chosen = np.arange(len(lengths)) < size
    left = capacity - int(lengths[:size].sum())
    while (fits := ~chosen & (lengths <= left)).any():
        best = int(np.where(fits, lengths, -1).argmax())
        chosen[best] = True
        left -= int(lengths[best])
    return chosen
