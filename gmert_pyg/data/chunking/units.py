"""The parts of a file whose code goes into windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.root_tokens import RootTokens
from gmert_pyg.parsing import Definition
from gmert_pyg.schema import EntityKind

IntArray = NDArray[np.int64]

_FUNCTIONS = frozenset({EntityKind.FUNCTION, EntityKind.METHOD})
UNITS = {
    "function": _FUNCTIONS,
    "class": _FUNCTIONS | {EntityKind.CLASS},
    "file": frozenset[EntityKind](),
}
"""By unit, the kinds of the definitions that are one; a file is none."""


@dataclass(frozen=True, slots=True)
class Units:
    """The units of a file, in the order of the text; they do not overlap.

    Args:
        first: the first root of each.
        stop: the root after its last one.
        names: its qualified name.
    """

    first: IntArray
    stop: IntArray
    names: list[str]

    @classmethod
    def of_file(
        cls,
        unit: str,
        roots: RootTokens,
        definitions: Sequence[Definition],
        module: str,
    ) -> Units:
        """Find the units of a file: itself, or its outermost definitions.

        Args:
            unit: `"function"`, `"class"` or `"file"`.
            roots: the roots of the file.
            definitions: its definitions.
            module: its name.
        """
        if unit == "file":
            stop = np.array([len(roots)][: len(roots)], np.int64)
            return cls(np.zeros_like(stop), stop, [module] * len(stop))
        outer = outermost(definitions, UNITS[unit])
        first, length = roots.spans(*_extents(outer))
        stop = np.maximum.accumulate(first + length)
        # A root such as `},(` may end one function and start the next.
        first[1:] = np.maximum(first[1:], stop[:-1])
        held = np.flatnonzero(stop > first)
        names = [outer[number].qualified_name for number in held]
        return cls(first[held], stop[held], names)

    def inside(
        self, roots: RootTokens, definitions: Sequence[Definition]
    ) -> list[Definition]:
        """Return the definitions that lie in units, by start."""
        ordered = sorted(definitions, key=lambda d: (d.start, -d.end))
        if not ordered or len(self.first) == 0:
            return []
        first, length = roots.spans(*_extents(ordered))
        unit = np.searchsorted(self.first, first, side="right") - 1
        held = (unit >= 0) & (first + length <= self.stop[unit])
        return [ordered[number] for number in np.flatnonzero(held)]


def outermost(
    definitions: Sequence[Definition], kinds: frozenset[EntityKind]
) -> list[Definition]:
    """Return the definitions of some kinds that no other of them holds."""
    found, end = [], -1
    for definition in sorted(definitions, key=lambda d: (d.start, -d.end)):
        if definition.kind in kinds and definition.start >= end:
            found.append(definition)
            end = definition.end
    return found


def num_functions(definitions: Sequence[Definition]) -> int:
    """Return the number of functions and methods that no function holds."""
    return len(outermost(definitions, _FUNCTIONS))


def holders(
    start: IntArray,
    end: IntArray,
    definitions: Sequence[Definition],
    module: str,
) -> list[str]:
    """Return what holds each span of characters, as a qualified name.

    It is the innermost definition around the whole span, or else the module.
    """
    ordered = sorted(definitions, key=lambda d: (d.start, -d.end))
    low, high = _extents(ordered)
    names = []
    for first, last in zip(start.tolist(), end.tolist(), strict=True):
        around = np.flatnonzero((low <= first) & (high >= last))
        names.append(
            ordered[around[-1]].qualified_name if len(around) else module
        )
    return names


def _extents(definitions: Sequence[Definition]) -> tuple[IntArray, IntArray]:
    return (
        np.array([d.start for d in definitions], np.int64),
        np.array([d.end for d in definitions], np.int64),
    )
