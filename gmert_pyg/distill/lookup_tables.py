"""Most frequent answers by key: what the baselines are made of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]


class LookupTable:
    """The `k` most frequent answers that were seen with each key.

    Args:
        keys: one key per training item.
        answers: the answer of every item.
        k: the number of answers to keep. (default: :obj:`10`)

    Example:
        >>> table = LookupTable(np.array([7, 7, 7]), np.array([1, 2, 2]), k=2)
        >>> table.answers(np.array([7, 8])).tolist()
        [[2, 1], [-1, -1]]
    """

    def __init__(self, keys: IntArray, answers: IntArray, k: int = 10) -> None:
        self.k = k
        pairs, counts = np.unique(
            np.stack([keys, answers]), axis=1, return_counts=True
        )
        # The smaller answer wins a tie, so that the table has one form.
        order = np.lexsort((pairs[1], -counts, pairs[0]))
        sorted_keys = pairs[0][order]
        self._keys, starts = np.unique(sorted_keys, return_index=True)
        place = np.arange(len(order)) - np.repeat(
            starts, np.diff([*starts, len(order)])
        )
        self._answers = np.full((len(self._keys) + 1, k), -1)
        kept = place < k
        row = np.searchsorted(self._keys, sorted_keys[kept])
        self._answers[row, place[kept]] = pairs[1][order][kept]

    def answers(self, keys: IntArray) -> IntArray:
        """Return the best answers, [number of keys, k], -1 where none is."""
        row = np.searchsorted(self._keys, keys)
        row[row == len(self._keys)] = 0
        known = self._keys[row] == keys
        return self._answers[np.where(known, row, len(self._keys))]


def back_off(tables: Sequence[IntArray]) -> IntArray:
    """Fill the answers of the first table with those of the next, and so on.

    Args:
        tables: answers, [items, k] each, -1 where there is none; the most
            specific first.

    Returns:
        [items, k], without repeats.
    """
    stacked = np.concatenate(tables, axis=1)
    k = tables[0].shape[1]
    fresh = stacked >= 0
    for column in range(1, stacked.shape[1]):
        repeats = stacked[:, :column] == stacked[:, column : column + 1]
        fresh[:, column] &= ~(repeats & fresh[:, :column]).any(axis=1)
    order = np.argsort(~fresh, axis=1, kind="stable")
    result = np.take_along_axis(stacked, order, axis=1)[:, :k]
    result[~np.take_along_axis(fresh, order, axis=1)[:, :k]] = -1
    return result


def combine_keys(*parts: IntArray) -> IntArray:
    """Return one key per row of the parts, by hashing them together."""
    key = np.zeros(len(parts[0]), np.uint64)
    for part in parts:
        key = (key ^ part.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(31)
    return key.astype(np.int64)
