"""Where triples are stated, and how far that is from a window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.windows import Windows
from gmert_pyg.kg import CodeKG

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FilePlaces:
    """The places of a file that state triples, by triple, then by start.

    Args:
        triple: the triple of each.
        start: where it starts, in characters.
        end: where it ends.
    """

    triple: IntArray
    start: IntArray
    end: IntArray


class Places:
    r"""Where the triples of a knowledge graph are stated.

    The structural distance of a triple from a window is the length of a way
    through the project. Let :math:`s` be the number of steps in the tree of
    packages and modules from the window's file to the file that states the
    triple, a step from a file to its neighbour counting one, and :math:`n` the
    number of functions and classes that start between the window and the
    nearest statement in the same file:

    .. math::
        d = \begin{cases} n / (1 + n) & \text{in the same file} \\
                          s & \text{elsewhere.} \end{cases}

    So :math:`d < 1` in the file itself, and :math:`d \geq 1` outside. Of a
    triple that other files state, the first one counts.

    Args:
        kg: the knowledge graph.
    """

    def __init__(self, kg: CodeKG) -> None:
        self.kg = kg
        evidence = kg.evidence
        triple = np.repeat(
            np.arange(len(kg.triples)), np.diff(evidence.pointers)
        )
        order = np.lexsort((evidence.start, triple, evidence.module))
        self._triple = triple[order]
        self._start = evidence.start[order].astype(np.int64)
        self._end = evidence.end[order].astype(np.int64)
        self._pointers = np.searchsorted(
            evidence.module[order], np.arange(len(kg.modules) + 1)
        )
        self._parts, self._depth = _parts([m.name for m in kg.modules])

    def of_file(self, module: int) -> FilePlaces:
        """Return the places of a file."""
        own = slice(*self._pointers[module : module + 2].tolist())
        return FilePlaces(self._triple[own], self._start[own], self._end[own])

    def distance(
        self,
        module: int,
        windows: Windows,
        window: IntArray,
        triple: IntArray,
    ) -> FloatArray:
        """Return the distance of triples from windows.

        Args:
            module: the file of the windows.
            windows: the windows.
            window: a window for each triple.
            triple: the triples.
        """
        steps = self._steps(module)[self.kg.triples.module[triple]]
        places = self.of_file(module)
        first = np.searchsorted(places.triple, triple)
        stated = np.searchsorted(places.triple, triple, side="right") > first
        between = self._definitions_between(
            module, windows, window[stated], triple[stated], places
        )
        steps[stated] = between / (1 + between)
        return steps

    def _steps(self, module: int) -> FloatArray:
        """Return the steps from a file to all files, at least 1."""
        shared = np.cumprod(self._parts == self._parts[module], axis=1).sum(1)
        steps: IntArray = self._depth + self._depth[module] - 2 * shared - 1
        return np.maximum(steps, 1).astype(np.float64)

    def _definitions_between(
        self,
        module: int,
        windows: Windows,
        window: IntArray,
        triple: IntArray,
        places: FilePlaces,
    ) -> IntArray:
        """Count what is defined between windows and the nearest statements."""
        starts = np.array(
            sorted(d.start for d in self.kg.definitions(module)), np.int64
        )
        span = len(starts) + 1
        low, high = (
            np.searchsorted(starts, bound, side="right")[window]
            for bound in _extents(windows)
        )
        rank = np.searchsorted(starts, places.start, side="right")
        keys = places.triple * span + rank
        # Ranks of one triple's places ascend: the nearest ones of a window lie
        # around the place where its own rank would stand.
        after = np.searchsorted(keys, triple * span + low)
        first = np.searchsorted(places.triple, triple)
        stop = np.searchsorted(places.triple, triple, side="right")
        before = low - rank[np.maximum(after - 1, 0)]
        behind = rank[np.minimum(after, len(rank) - 1)] - high
        far = np.int64(span)
        before = np.where(after > first, before, far)
        behind = np.where(after < stop, np.maximum(behind, 0), far)
        nearest: IntArray = np.minimum(before, behind)
        return nearest


def _parts(names: list[str]) -> tuple[IntArray, IntArray]:
    """Return the parts of dotted names as numbers, padded, and their count."""
    split = [name.split(".") for name in names]
    depth = np.array([len(parts) for parts in split], np.int64)
    numbers: dict[str, int] = {}
    table = np.full((len(names), max(depth, default=1)), -1, np.int64)
    for row, parts in enumerate(split):
        table[row, : len(parts)] = [
            numbers.setdefault(part, len(numbers)) for part in parts
        ]
    return table, depth


def _extents(windows: Windows) -> tuple[IntArray, IntArray]:
    """Return the first and the last character of every window."""
    first = windows.pointers[:-1]
    size = len(windows.roots)
    if size == 0:
        return np.zeros_like(first), np.zeros_like(first)
    inside = np.minimum(first, size - 1)
    low = np.minimum.reduceat(windows.roots.start, inside)
    high = np.maximum.reduceat(windows.roots.end, inside)
    return low, high - 1
