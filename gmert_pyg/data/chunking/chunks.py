"""From the units of a file to its windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.chunking.cutting import Cutter
from gmert_pyg.data.chunking.options import ChunkOptions
from gmert_pyg.data.chunking.signatures import Signatures
from gmert_pyg.data.chunking.units import Units
from gmert_pyg.data.root_tokens import RootTokens
from gmert_pyg.data.windows import Windows
from gmert_pyg.parsing import Definition, StatementTable

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Chunks:
    r"""The windows of a file, with what each holds of it.

    Every root of a unit is in the *own part* of exactly one window; beside that
    a window may repeat signatures.

    Args:
        windows: :math:`W` windows.
        unit: :math:`[W]`, the unit of each.
        first: :math:`[W]`, the first root of its own part, in the text.
        stop: :math:`[W]`, the root after the last one of its own part.
        forced_cuts: the number of cuts inside a simple statement, a header or a
            comment, none of which a window could hold.
    """

    windows: Windows
    unit: IntArray
    first: IntArray
    stop: IntArray
    forced_cuts: int

    @classmethod
    def cut(
        cls,
        roots: RootTokens,
        units: Units,
        statements: StatementTable,
        definitions: Sequence[Definition],
        options: ChunkOptions,
    ) -> Chunks:
        """Cut units into windows.

        Args:
            roots: the roots of the file.
            units: its units.
            statements: its statements.
            definitions: its definitions.
            options: how to cut them.
        """
        max_roots = options.max_roots
        if not (units.stop - units.first > max_roots).any():
            numbers = np.arange(len(units.names))
            windows = Windows.take(roots, units.first, units.stop - units.first)
            return cls(windows, numbers, units.first, units.stop, 0)
        signatures = Signatures(
            roots,
            units.inside(roots, definitions)
            if options.repeat_signature
            else (),
            statements,
            max_roots // 2,
        )
        cutter = Cutter(roots, statements, signatures.length, max_roots)
        unit, first, stop, forced_cuts = [], [], [], 0
        extents = zip(units.first.tolist(), units.stop.tolist(), strict=True)
        for number, (start, end) in enumerate(extents):
            starts, forced = cutter.cut(start, end)
            unit += [number] * len(starts)
            first += starts
            stop += [*starts[1:], end]
            forced_cuts += forced
        return cls(
            _windows(roots, signatures, first, stop),
            np.array(unit, np.int64),
            np.array(first, np.int64),
            np.array(stop, np.int64),
            forced_cuts,
        )

    @property
    def num_repeated(self) -> int:
        """The number of roots that are repeated as part of signatures."""
        return len(self.windows.roots) - int((self.stop - self.first).sum())

    def extents(self, roots: RootTokens) -> tuple[IntArray, IntArray]:
        """Return the characters of own parts, without line breaks around them.

        Returns:
            The first character of each, and the one after its last.
        """
        shown = np.flatnonzero(~roots.line_break)
        low = np.searchsorted(shown, self.first)
        high = np.searchsorted(shown, self.stop) - 1
        # A window may hold line breaks only.
        blank = low > high
        first, last = self.first.copy(), self.stop - 1
        first[~blank] = shown[low[~blank]]
        last[~blank] = shown[high[~blank]]
        return roots.start[first], roots.end[last]


def _windows(
    roots: RootTokens,
    signatures: Signatures,
    first: Sequence[int],
    stop: Sequence[int],
) -> Windows:
    """Put what each window repeats before its own part."""
    stretches, window = [], []
    for number, own in enumerate(zip(first, stop, strict=True)):
        parts = [*signatures.repeated(own[0]), own]
        stretches += parts
        window += [number] * len(parts)
    start, end = np.array(stretches, np.int64).T
    return Windows.take(roots, start, end - start, np.array(window, np.int64))
