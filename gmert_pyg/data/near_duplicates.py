r"""Exact and near-duplicates between two sets of token sequences.

The similarity of two sequences is the Jaccard similarity of the sets of their
runs of :math:`k` consecutive tokens (shingles). Pairs to compare are found by
MinHash: hash functions take their least value over two sets at the same shingle
with a probability equal to the similarity :math:`s` (`Broder, 1997
<https://doi.org/10.1109/SEQUEN.1997.666900>`_), so that all :math:`r` functions
of one of :math:`b` bands agree with probability :math:`1 - (1 - s^r)^b`: with
20 bands of 5, 0.9996 at :math:`s = 0.8`. Every pair that agrees on a band is
then compared exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.ranges import ranges

NUM_BANDS, ROWS_PER_BAND, SHINGLE = 20, 5, 5
# Numbers that are worked on at a time, so that they stay in the cache.
_BLOCK = 1 << 17


@dataclass(frozen=True, slots=True)
class Sketches:
    r"""What is needed of sequences in order to find duplicates among them.

    Args:
        content: :math:`[n]`, a hash of each sequence.
        bands: :math:`[n, 20]`, a hash of each band of its MinHash signature.
        shingles: the sets of hashed shingles, sorted, one after the other.
        pointers: :math:`[n + 1]`, where each set starts and ends.
    """

    content: NDArray[np.uint64]
    bands: NDArray[np.uint64]
    shingles: NDArray[np.uint32]
    pointers: NDArray[np.int64]

    @classmethod
    def of(
        cls, token_ids: NDArray[np.integer], pointers: NDArray[np.int64]
    ) -> Sketches:
        r"""Sketch sequences.

        Args:
            token_ids: the tokens of all sequences, one after the other.
            pointers: :math:`[n + 1]`, where each sequence starts and ends.
        """
        return cls.concatenate(
            [
                _sketch(token_ids[pointers[start] : pointers[stop]], own)
                for start, stop in _blocks(np.diff(pointers))
                for own in [pointers[start : stop + 1] - pointers[start]]
            ]
        )

    @classmethod
    def concatenate(cls, parts: Sequence[Sketches]) -> Sketches:
        """Put sketches one after the other."""
        sizes = [part.sizes for part in parts]
        return cls(
            np.concatenate(
                [np.empty(0, np.uint64), *(p.content for p in parts)]
            ),
            np.concatenate(
                [np.empty((0, NUM_BANDS), np.uint64), *(p.bands for p in parts)]
            ),
            np.concatenate(
                [np.empty(0, np.uint32), *(p.shingles for p in parts)]
            ),
            np.cumsum(np.concatenate([np.zeros(1, np.int64), *sizes])),
        )

    @property
    def sizes(self) -> NDArray[np.int64]:
        """The number of distinct shingles of each sequence."""
        return np.diff(self.pointers)

    def __len__(self) -> int:
        return len(self.content)

    def take(self, rows: NDArray[np.int64]) -> Sketches:
        """Return the sketches of some sequences.

        Args:
            rows: their numbers.
        """
        sizes = self.sizes[rows]
        return Sketches(
            self.content[rows],
            self.bands[rows],
            self.shingles[ranges(self.pointers[rows], sizes)],
            np.append(0, np.cumsum(sizes)),
        )


def exact_duplicates(first: Sketches, second: Sketches) -> NDArray[np.bool_]:
    """Tell which sequences of `first` are among those of `second`."""
    return np.isin(first.content, second.content)


def near_duplicates(
    first: Sketches, second: Sketches, threshold: float = 0.8
) -> NDArray[np.bool_]:
    """Tell which sequences of `first` resemble some sequence of `second`.

    Args:
        first: sketches.
        second: those of the sequences to stay away from.
        threshold: the least Jaccard similarity of a near-duplicate.
            (default: :obj:`0.8`)
    """
    found = exact_duplicates(first, second)
    # Of equal sequences, one is compared with.
    second = second.take(np.unique(second.content, return_index=True)[1])
    for band in range(NUM_BANDS):
        order = np.argsort(second.bands[:, band], kind="stable")
        ordered = second.bands[order, band]
        rows = np.flatnonzero(~found)
        keys = first.bands[rows, band]
        low = np.searchsorted(ordered, keys, side="left")
        count = np.searchsorted(ordered, keys, side="right") - low
        for start, stop in _blocks(count):
            block = slice(start, stop)
            left = np.repeat(rows[block], count[block])
            right = order[ranges(low[block], count[block])]
            similar = _are_similar(first, left, second, right, threshold)
            found[left[similar]] = True
    return found


def _are_similar(
    first: Sketches,
    left: NDArray[np.int64],
    second: Sketches,
    right: NDArray[np.int64],
    threshold: float,
) -> NDArray[np.bool_]:
    """Tell which pairs have at least a similarity."""
    sizes = first.sizes[left], second.sizes[right]
    similar = np.minimum(*sizes) >= threshold * np.maximum(*sizes)
    pairs = np.flatnonzero(similar)
    total = sizes[0][pairs] + sizes[1][pairs]
    for start, stop in _blocks(total):
        block = pairs[start:stop]
        number = np.arange(len(block), dtype=np.uint64) << np.uint64(32)
        keys = [
            np.repeat(number, size[block])
            | side.shingles[ranges(side.pointers[row[block]], size[block])]
            for side, row, size in (
                (first, left, sizes[0]),
                (second, right, sizes[1]),
            )
        ]
        ordered = np.sort(np.concatenate(keys))
        shared = ordered[1:][ordered[1:] == ordered[:-1]] >> np.uint64(32)
        both = np.bincount(shared.astype(np.int64), minlength=len(block))
        similar[block] = both >= threshold * (total[start:stop] - both)
    return similar


def _blocks(sizes: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Cut items into runs of about `_BLOCK` in size, each of one at least."""
    before = np.append(0, np.cumsum(sizes))
    start = 0
    while start < len(sizes):
        stop = int(np.searchsorted(before, before[start] + _BLOCK, "right")) - 1
        stop = max(stop, start + 1)
        yield start, stop
        start = stop


def _sketch(
    token_ids: NDArray[np.integer], pointers: NDArray[np.int64]
) -> Sketches:
    length = np.diff(pointers)
    position = np.arange(len(token_ids)) - np.repeat(pointers[:-1], length)
    tokens = token_ids.astype(np.uint64) + np.uint64(1)
    left = np.repeat(length, length) - position
    content = np.add.reduceat(
        _mix(tokens + (position.astype(np.uint64) << np.uint64(32))),
        pointers[:-1],
    )
    shingles = np.zeros(len(tokens), np.uint64)
    for offset in range(SHINGLE):
        shifted = np.roll(tokens, -offset)
        shifted[left <= offset] = 0
        shingles = shingles * np.uint64(0x100000001B3) + shifted
    # A shingle that runs over the end repeats a suffix; short ones need it.
    inside = (left >= SHINGLE) | (position == 0)
    sequence = np.repeat(np.arange(len(length), dtype=np.uint64), length)
    distinct = np.unique(
        (sequence[inside] << np.uint64(32))
        | (_mix(shingles[inside]) >> np.uint64(32))
    )
    sizes = np.bincount(
        (distinct >> np.uint64(32)).astype(np.int64), minlength=len(length)
    )
    own = np.append(0, np.cumsum(sizes))
    hashes = distinct.astype(np.uint32)
    return Sketches(content, _bands(hashes, own[:-1]), hashes, own)


def _bands(
    shingles: NDArray[np.uint32], starts: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Return a hash of each band of the MinHash signatures of sets."""
    bands = np.empty((len(starts), NUM_BANDS), np.uint64)
    seeds = np.arange(2 * NUM_BANDS * ROWS_PER_BAND, dtype=np.uint64)
    factors, terms = _mix(seeds).reshape(2, NUM_BANDS, ROWS_PER_BAND)
    factors |= np.uint64(1)
    wide = shingles.astype(np.uint64)
    hashed = np.empty_like(wide)
    for band in range(NUM_BANDS):
        key = np.zeros(len(starts), np.uint64)
        for row in range(ROWS_PER_BAND):
            # Linear functions do: shingles are well mixed already.
            np.multiply(wide, factors[band, row], out=hashed)
            np.add(hashed, terms[band, row], out=hashed)
            key = _mix(key ^ np.minimum.reduceat(hashed, starts))
        bands[:, band] = key
    return bands


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Map integers to others, one to one, that look random (splitmix64)."""
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
