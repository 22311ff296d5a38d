"""Cutting long code into windows of roots."""

from __future__ import annotations

import numpy as np

from gmert_pyg.data.root_tokens import RootTokens


def cut_windows(roots: RootTokens, max_roots: int) -> list[slice]:
    """Cut a chain into consecutive windows that together hold every root.

    A window ends before a line break where its second half has one, else at a
    word, so that no identifier is cut unless it is longer than a window.

    Args:
        roots: the chain.
        max_roots: the most roots in a window.

    Raises:
        ValueError: if `max_roots` is not positive.
    """
    if max_roots < 1:
        raise ValueError(f"'max_roots' must be positive (got {max_roots})")
    windows, start = [], 0
    while start < len(roots):
        stop = min(start + max_roots, len(roots))
        if stop < len(roots):
            stop = _cut(roots, start, stop)
        windows.append(slice(start, stop))
        start = stop
    return windows


def _cut(roots: RootTokens, start: int, stop: int) -> int:
    """Find the best place to end the window that may hold `start:stop`."""
    middle = start + (stop - start) // 2
    for places in (roots.line_break, roots.word_start):
        candidates = np.flatnonzero(places[middle + 1 : stop + 1])
        if len(candidates):
            return int(middle + 1 + candidates[-1])
    return stop
