r"""Links between blocks: which access to a variable may have come last before.

For a variable :math:`v` and a block :math:`b`,

.. math::
    \mathrm{in}(b) = \bigcup_{p \to b} \mathrm{out}(p), \qquad
    \mathrm{out}(p) = \begin{cases}
        \{\text{last access to } v \text{ in } p\} & \text{if there is one} \\
        \mathrm{in}(p) & \text{else,} \end{cases}

the least solution. As in static single assignment form, it is worked out where
a variable is accessed and where paths from there join; elsewhere it is that of
the nearest such block that dominates. So a variable costs its accesses, not
the length of the code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Literal

from gmert_pyg.parsing.python.occurrences.blocks import Block, Places
from gmert_pyg.parsing.python.occurrences.dominance import Dominance
from gmert_pyg.parsing.python.occurrences.last_access import (
    NOTHING,
    LastAccess,
    latest,
)
from gmert_pyg.parsing.python.occurrences.variables import Variables

Kind = Literal["reads", "writes"]
_READS: Callable[[Block], Places] = attrgetter("reads")
_WRITES: Callable[[Block], Places] = attrgetter("writes")
_ASKS: dict[Kind, Callable[[Block], Places]] = {
    "reads": attrgetter("asks_reads"),
    "writes": attrgetter("asks_writes"),
}


class Reaching:
    """Links the first accesses in blocks to what may have come before.

    Args:
        blocks: all blocks of a file, by number.
        variables: its variables.
    """

    def __init__(self, blocks: Sequence[Block], variables: Variables) -> None:
        self._blocks = [block for block in blocks if not block.dead]
        self._variables = variables
        self._dominance = Dominance(blocks)
        self._writing = _by_variable(self._blocks, _WRITES)

    def pairs(self, kind: Kind) -> list[tuple[int, int]]:
        """Return pairs of an access and one that may be the last before it.

        Args:
            kind: which accesses to link to.
        """
        asks = _ASKS[kind]
        accessing, places = self._writing, _WRITES
        if kind == "reads":
            accessing, places = _by_variable(self._blocks, _READS), _READS
        found: list[tuple[int, int]] = []
        for variable, asking in _by_variable(self._blocks, asks).items():
            touching = accessing.get(variable, [])
            for base in self._variables.bases[variable]:
                touching = touching + self._writing.get(base, [])
            unit = self._variables.unit[variable]
            outside: frozenset[int] = NOTHING
            if kind == "writes" and asking[-1].root.unit is not unit:
                outside = self._all_writes(variable)
            if not touching and not outside:
                continue
            search = LastAccess(
                self._dominance,
                touching,
                lambda block, v=variable: places(block).get(v, ()),
                lambda block, u=unit, o=outside: (
                    NOTHING if block.root.unit is u else o
                ),
            )
            for block in asking:
                last = search.before(block)
                for place in asks(block)[variable]:
                    found += [(place, other) for other in last]
        return found

    def _all_writes(self, variable: int) -> frozenset[int]:
        """Return all assignments, of which any may precede a call."""
        return latest(
            place
            for block in self._writing.get(variable, ())
            for place in block.writes[variable]
        )


def _by_variable(
    blocks: Iterable[Block], places: Callable[[Block], Places]
) -> dict[int, list[Block]]:
    """Return the blocks that hold places of a variable, by variable."""
    found: dict[int, list[Block]] = {}
    for block in blocks:
        for variable in places(block):
            known = found.get(variable)
            if known is None:
                found[variable] = [block]
            else:
                known.append(block)
    return found
