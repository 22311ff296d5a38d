"""Random numbers that are a function of what they are drawn for.

A draw depends on the seed, the epoch, the graph and the position alone, so that
masks are the same whatever worker, rank or batch a graph lands in.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

UInt64Array = NDArray[np.uint64]

_INCREMENT = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def _mix(state: UInt64Array) -> UInt64Array:
    """Return the SplitMix64 output of every state (Steele et al., 2014)."""
    state = state + _INCREMENT
    state = (state ^ (state >> np.uint64(30))) * _FIRST
    state = (state ^ (state >> np.uint64(27))) * _SECOND
    return state ^ (state >> np.uint64(31))


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


def uniform(
    *keys: int | NDArray[np.integer], state: UInt64Array | None = None
) -> NDArray[np.float64]:
    """Return uniform numbers in [0, 1), one per element of the keys.

    Args:
        keys: integers or integer arrays that broadcast together; the number
            drawn for an element is a hash of its keys, in order.
        state: what `hashed` gave for the keys before these, if they are the
            same for many elements. (default: there are none before)

    Example:
        >>> bool(uniform(7, np.arange(3))[1] == uniform(7, np.array([1]))[0])
        True
    """
    state = hashed(*keys, state=state)
    # The upper 53 bits fill the mantissa of a double exactly.
    return (state >> np.uint64(11)).astype(np.float64) * 2.0**-53
