"""The occurrence edges of windows: from root to root of one window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.ranges import ranges
from gmert_pyg.data.windows import Windows
from gmert_pyg.kg import CodeKG

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class OccurrenceEdges:
    r"""The occurrence edges of all windows, ordered by window and source.

    An identifier of several roots is linked by its first one.

    Args:
        window: :math:`[O]`, the window of each.
        source: :math:`[O]`, the root that it leads from, among the roots of
            all windows.
        target: :math:`[O]`, the root that it leads to.
        edge_type: :math:`[O]`, the edge type of its relation.
    """

    window: IntArray
    source: IntArray
    target: IntArray
    edge_type: IntArray

    @classmethod
    def none(cls) -> OccurrenceEdges:
        """Return no edges."""
        return cls(*(np.zeros(0, np.int64) for _ in range(4)))

    @classmethod
    def find(cls, kg: CodeKG, module: int, windows: Windows) -> OccurrenceEdges:
        """Find the edges whose both ends one window holds.

        Args:
            kg: the knowledge graph.
            module: the number of the file that the windows were taken from.
            windows: the windows.
        """
        source, target, kind = kg.occurrences(module)
        start, end, _ = kg.mentions(module)
        places = windows.locate(start.astype(np.int64), end.astype(np.int64))
        # Places come by span, then by window: so do the keys of both.
        key = places.span * len(windows) + places.window
        low = np.searchsorted(places.span, np.searchsorted(start, source))
        high = np.searchsorted(
            places.span, np.searchsorted(start, source), side="right"
        )
        edge = np.repeat(np.arange(len(source)), high - low)
        leaving = ranges(low, high - low)
        wanted = np.searchsorted(start, target)[edge] * len(windows)
        wanted += places.window[leaving]
        low = np.searchsorted(key, wanted)
        count = np.searchsorted(key, wanted, side="right") - low
        edge, leaving = np.repeat(edge, count), np.repeat(leaving, count)
        arriving = ranges(low, count)
        edges = np.stack(
            [
                places.window[leaving],
                places.first[leaving],
                places.first[arriving],
                kind[edge] + kg.schema.num_relations + 1,
            ]
        ).astype(np.int64)
        return cls(*edges[:, np.lexsort(edges[::-1])])
