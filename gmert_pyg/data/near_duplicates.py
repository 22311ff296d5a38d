r"""Near-duplicates between two sets of graphs, by MinHash.

The similarity of two graphs is the Jaccard similarity of the sets of runs of
:math:`k` consecutive root tokens (shingles). The share of hash functions whose
minima over two sets agree estimates it (Broder, 1997); only pairs that agree on
a whole band of functions are compared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NUM_BANDS, ROWS_PER_BAND, SHINGLE = 16, 4, 5
_PRIME = np.uint64((1 << 61) - 1)


def minhash(
    token_ids: NDArray[np.int64], pointers: NDArray[np.int64]
) -> NDArray[np.uint64]:
    r"""Return the MinHash signatures of sequences.

    Args:
        token_ids: the tokens of all sequences, one after the other.
        pointers: :math:`[n + 1]`, where each sequence starts and ends.

    Returns:
        :math:`[n, 64]`. A sequence shorter than a shingle is padded.
    """
    tokens = token_ids.astype(np.uint64) + np.uint64(1)
    length = np.diff(pointers)
    position = np.arange(len(tokens)) - np.repeat(pointers[:-1], length)
    left = np.repeat(length, length) - position
    shingles = np.zeros(len(tokens), np.uint64)
    for offset in range(SHINGLE):
        shifted = np.roll(tokens, -offset)
        shifted[left <= offset] = 0
        shingles = shingles * np.uint64(0x100000001B3) + shifted
    # A shingle that runs over the end repeats a suffix; short ones need it.
    inside = (left >= SHINGLE) | (position == 0)
    kept = np.flatnonzero(inside)
    starts = np.searchsorted(kept, pointers[:-1])
    random = np.random.default_rng(0)
    num_hashes = NUM_BANDS * ROWS_PER_BAND
    factors = random.integers(
        1, 1 << 61, num_hashes, dtype=np.uint64
    ) | np.uint64(1)
    signature = np.empty((len(length), num_hashes), np.uint64)
    for column, factor in enumerate(factors):
        hashed = shingles[kept] * factor
        hashed ^= hashed >> np.uint64(29)
        signature[:, column] = np.minimum.reduceat(hashed * _PRIME, starts)
    return signature


def near_duplicates(
    first: NDArray[np.uint64],
    second: NDArray[np.uint64],
    threshold: float = 0.8,
) -> NDArray[np.bool_]:
    """Tell which rows of `first` resemble some row of `second`.

    Args:
        first: signatures, as of `minhash`.
        second: signatures of the sequences to stay away from.
        threshold: the least estimated Jaccard similarity of a near-duplicate.
            (default: :obj:`0.8`)
    """
    found = np.zeros(len(first), bool)
    for band in range(NUM_BANDS):
        rows = slice(band * ROWS_PER_BAND, (band + 1) * ROWS_PER_BAND)
        keys = _band_keys(first[:, rows], second[:, rows])
        order = np.argsort(keys[1], kind="stable")
        ordered = keys[1][order]
        low = np.searchsorted(ordered, keys[0], side="left")
        high = np.searchsorted(ordered, keys[0], side="right")
        for row in np.flatnonzero((high > low) & ~found):
            candidates = order[low[row] : high[row]]
            agreement = (second[candidates] == first[row]).mean(axis=1)
            found[row] = bool((agreement >= threshold).any())
    return found


def _band_keys(
    first: NDArray[np.uint64], second: NDArray[np.uint64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the distinct rows of both, the same rows alike."""
    _, keys = np.unique(
        np.concatenate([first, second]), axis=0, return_inverse=True
    )
    return keys[: len(first)], keys[len(first) :]
