"""Random numbers that are a function of what they are drawn for.

A draw depends on the seed, the epoch, the graph and the position alone, so that
masks are the same whatever worker, rank or batch a graph lands in.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

UInt64Array = NDArray[np.uint64]

_UNUSED_BITS = np.uint64(11)
_INCREMENT = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_SHIFTS = np.array([30, 27, 31], np.uint64)


def _mix(state: UInt64Array) -> UInt64Array:
    """Return the SplitMix64 output of every state (Steele et al., 2014)."""
    state = state + _INCREMENT
    # In place: new arrays would take as long as the arithmetic.
    shifted = state >> _SHIFTS[0]
    state ^= shifted
    state *= _FIRST
    state ^= np.right_shift(state, _SHIFTS[1], out=shifted)
    state *= _SECOND
    state ^= np.right_shift(state, _SHIFTS[2], out=shifted)
    return state


def hashed(
    *keys: int | NDArray[np.integer], state: UInt64Array | None = None
) -> UInt64Array:
    """Return a hash of the keys, in order.

    Args:
        keys: integers or integer arrays that broadcast together.
        state: the hash of the keys before these. (default: that of none)
    """
    if state is None:
        state = np.zeros(1, np.uint64)
    for key in keys:
        state = _mix(state ^ np.asarray(key).astype(np.uint64))
    return state


def uniform(hashes: UInt64Array) -> NDArray[np.float64]:
    """Return the uniform numbers in [0, 1) that hashes stand for.

    Args:
        hashes: what `hashed` gave for the keys of each number.

    Example:
        >>> both = [uniform(hashed(7, np.array(key))) for key in ([3, 4], [4])]
        >>> bool(both[0][1] == both[1][0])
        True
    """
    # The upper 53 bits fill the mantissa of a double exactly.
    return (hashes >> _UNUSED_BITS).astype(np.float64) * 2.0**-53
