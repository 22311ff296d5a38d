"""Cutting code that is too long for one window."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.chunking.statement_roots import StatementRoots, line_breaks
from gmert_pyg.data.ranges import ranges
from gmert_pyg.data.root_tokens import RootTokens
from gmert_pyg.parsing import StatementTable

IntArray = NDArray[np.int64]

# A cut of a finer kind outweighs any depth of a coarser one.
_FINER = 1000
_FORCED = 2 * _FINER


class Cutter:
    r"""Cuts stretches of a file at the boundaries of statements.

    Let :math:`b_0 < \ldots < b_m` be the places where a stretch may be cut, its
    start and its end included, and :math:`r_i` how many roots a window repeats
    that starts at :math:`b_i`. A window from :math:`b_i` to :math:`b_j` is
    possible if :math:`b_j - b_i + r_i` is at most `max_roots`. Of all ways to
    cut, one with the fewest windows is taken; of these, one with the least
    total depth of the statements that windows start with; of these, the one
    with the most even windows (the least sum of squared lengths).

    A statement is cut only if no window can hold it: between its clauses or
    inner statements, else at line breaks, else between words, of which only
    some are tried where they lie close together. Comments and blank lines go
    with the statement after them, unless no window can hold both.

    Args:
        roots: the roots of the file.
        statements: its statements.
        repeated: by root, the number of roots that a window repeats which
            starts there; at most `max_roots // 2`.
        max_roots: the most roots in a window.
    """

    def __init__(
        self,
        roots: RootTokens,
        statements: StatementTable,
        repeated: IntArray,
        max_roots: int,
    ) -> None:
        self.repeated = repeated
        self.max_roots = max_roots
        rows = StatementRoots.find(roots, statements)
        self._leads, self._depth, edges = rows.boundaries(repeated, max_roots)
        # Roots may share a character, and no cut should lie in one.
        whole = np.ones(len(roots), bool)
        whole[1:] = roots.start[1:] >= roots.end[:-1]
        self._finer = [
            edges,
            line_breaks(roots),
            np.flatnonzero(roots.word_start),
            np.flatnonzero(whole),
            np.arange(len(roots)),
        ]

    def cut(self, start: int, stop: int) -> tuple[list[int], int]:
        """Cut the roots from `start` to before `stop`.

        Returns:
            The first root of every window, and how many cuts were forced: lie
            inside a simple statement, a header or a comment.
        """
        if stop - start <= self.max_roots:
            return [start], 0
        places, cost = self._places(start, stop)
        chosen = _cheapest(
            places.tolist(),
            cost.tolist(),
            self.repeated[places[:-1]].tolist(),
            self.max_roots,
        )
        return places[chosen].tolist(), int((cost[chosen] >= _FORCED).sum())

    def _places(self, start: int, stop: int) -> tuple[IntArray, IntArray]:
        """Return where to cut, and what a cut there costs.

        Finer places are added between two that are too far apart only.
        """
        low, high = np.searchsorted(self._leads, [start + 1, stop])
        places = np.concatenate([[start], self._leads[low:high], [stop]])
        cost = np.concatenate([[0], self._depth[low:high], [0]])
        for level, finer in enumerate(self._finer, start=1):
            length = np.diff(places) + self.repeated[places[:-1]]
            wide = np.flatnonzero(length > self.max_roots)
            if len(wide) == 0:
                break
            low = np.searchsorted(finer, places[wide], side="right")
            high = np.searchsorted(finer, places[wide + 1])
            count = np.maximum(high - low, 0)
            added = finer[ranges(low, count)]
            if level * _FINER >= _FORCED:
                added = _thinned(
                    added, np.repeat(wide, count), self.max_roots // 16
                )
            places = np.concatenate([places, added])
            cost = np.concatenate([cost, np.full(len(added), level * _FINER)])
            order = np.argsort(places, kind="stable")
            places, cost = places[order], cost[order]
        return places, cost


def _thinned(places: IntArray, gap: IntArray, distance: int) -> IntArray:
    """Leave out places of a gap between two others that are near each other.

    Long tables of data have thousands of them, and near ones are as good.
    """
    bucket = np.stack([gap, places // max(distance, 1)])
    same = np.zeros(len(places) + 1, bool)
    same[1:-1] = (bucket[:, 1:] == bucket[:, :-1]).all(axis=0)
    return places[~(same[:-1] & same[1:])]


def _cheapest(
    places: Sequence[int],
    cost: Sequence[int],
    repeated: Sequence[int],
    max_roots: int,
) -> list[int]:
    """Return the numbers of the places where the best windows start."""
    # Sums of squares stay below `unit`, and sums of costs below `window`.
    unit = (places[-1] - places[0]) * max_roots + 1
    window = unit * (len(places) * max(cost) + 1)
    best, start_of = [0], [0]
    for end in range(1, len(places)):
        stop = places[end]
        lowest, chosen = -1, -1
        for start in range(end - 1, -1, -1):
            length = stop - places[start]
            if length > max_roots:
                break
            if length + repeated[start] <= max_roots:
                total = best[start] + length * length
                if lowest < 0 or total < lowest:
                    lowest, chosen = total, start
        best.append(lowest + window + cost[end] * unit)
        start_of.append(chosen)
    chosen = len(places) - 1
    starts = []
    while chosen > 0:
        chosen = start_of[chosen]
        starts.append(chosen)
    return starts[::-1]
