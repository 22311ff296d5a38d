"""The statements of a file, in roots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.root_tokens import RootTokens
from gmert_pyg.parsing import StatementTable

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class StatementRoots:
    r"""The rows of a :class:`~gmert_pyg.parsing.StatementTable`, in roots.

    Row :math:`i` covers the roots :math:`f_i, \ldots, s_i - 1`, the line break
    and indentation before it included.

    Args:
        lead: :math:`[R]`, where the comments and blank lines before a row
            start, which go with it; :math:`f_i` if there are none, and -1 if
            no window should start there: the row around it starts there as
            well, or the text does, or only blank lines are left.
        first: :math:`[R]`, :math:`f_i`.
        stop: :math:`[R]`, :math:`s_i`.
        depth: :math:`[R]`, the number of rows around a row.
        parent: :math:`[R]`, the innermost row around it, or -1.
    """

    lead: IntArray
    first: IntArray
    stop: IntArray
    depth: IntArray
    parent: IntArray

    @classmethod
    def find(cls, roots: RootTokens, table: StatementTable) -> StatementRoots:
        """Find the roots of statements."""
        # An empty last row lets the comments at the end go with the file.
        last = roots.end[-1:]
        start = np.concatenate([np.array(table.start, np.int64), last])
        end = np.concatenate([np.array(table.end, np.int64), last])
        depth = np.concatenate(
            [np.array(table.depth, np.int64), np.zeros(len(last), np.int64)]
        )
        parent, before = _neighbours(depth)
        breaks = line_breaks(roots)
        own = np.searchsorted(roots.end, start, side="right")
        first = own.copy()
        broken = np.flatnonzero((own > 0) & roots.line_break[own - 1])
        first[broken] = breaks[np.searchsorted(breaks, own[broken]) - 1]
        # The first line break after the row before it, if it is on that line.
        seen = np.searchsorted(roots.start, end[before])
        after = np.append(breaks, len(roots))[np.searchsorted(breaks, seen)]
        lead = np.where(before < 0, first, np.minimum(after, own))
        opens = (before < 0) & ((parent < 0) | (start == start[parent]))
        # Blank lines alone are nothing that a last window should hold.
        opens[-1:] |= lead[-1:] == first[-1:]
        return cls(
            np.where(opens, -1, lead),
            first,
            np.searchsorted(roots.start, end),
            depth,
            parent,
        )

    def boundaries(
        self, repeated: IntArray, max_roots: int
    ) -> tuple[IntArray, IntArray, IntArray]:
        """Return where windows may start without cutting what fits in one.

        A row is opened, so that cuts may lie inside it, if the row around it
        is open and a window cannot hold it.

        Args:
            repeated: by root, how many others a window repeats that starts
                there.
            max_roots: the most roots in a window.

        Returns:
            The roots before which rows with their comments start, ascending;
            the depth of each; and, ascending, where rows without their comments
            start or end, which tells comments from statements.
        """
        length = self.stop - self.first
        start = np.where(self.lead < 0, self.first, self.lead)
        more = np.append(repeated, 0)[start]
        is_open = length + more > max_roots
        for depth in range(1, int(self.depth.max(initial=0)) + 1):
            rows = np.flatnonzero(self.depth == depth)
            is_open[rows] &= is_open[self.parent[rows]]
        admitted = (self.parent < 0) | is_open[self.parent]
        rows = np.flatnonzero(admitted & (self.lead >= 0))
        # Of rows that start together, the shallowest counts.
        rows = rows[np.lexsort((self.depth[rows], self.lead[rows]))]
        lead, chosen = np.unique(self.lead[rows], return_index=True)
        edges = np.union1d(self.first[admitted], self.stop[admitted])
        return lead, self.depth[rows[chosen]], edges


def line_breaks(roots: RootTokens) -> IntArray:
    """Return the first root of every line break with its indentation."""
    before = np.concatenate([[False], roots.line_break[:-1]])
    return np.flatnonzero(roots.line_break & ~before)


def _neighbours(depth: IntArray) -> tuple[IntArray, IntArray]:
    """Return the row around each row, and the one before it in that, or -1."""
    parent = np.full(len(depth), -1)
    before = np.full(len(depth), -1)
    outer = np.empty(0, np.int64)
    for level in range(int(depth.max(initial=0)) + 1):
        rows = np.flatnonzero(depth == level)
        if level > 0:
            parent[rows] = outer[np.searchsorted(outer, rows) - 1]
        before[rows[1:]] = np.where(
            parent[rows[1:]] == parent[rows[:-1]], rows[:-1], -1
        )
        outer = rows
    return parent, before
