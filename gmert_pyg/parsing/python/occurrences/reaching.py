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

from collections.abc import Iterable, Sequence
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


class Reaching:
    """Links the first accesses in blocks to what may have come before.

    Args:
        blocks: all blocks of a file, by number.
        variables: its variables.
    """

    def __init__(self, blocks: Sequence[Block], variables: Variables) -> None:
        self._blocks = blocks
        self._variables = variables
        self._dominance = Dominance(blocks)
        self._reads = [block.reads for block in blocks]
        self._writes = [{} if b.dead else b.writes for b in blocks]
        self._writing = _by_variable(self._writes)

    def last_uses(self) -> list[int]:
        """Return accesses, each followed by a read that may have come last.

        An access comes once for each of these.
        """
        reading = _by_variable(self._reads)
        asks = [block.asks_reads for block in self._blocks]
        found: list[int] = []
        for variable, asking in _by_variable(asks).items():
            touching = self._with_bases(variable, reading.get(variable, []))
            if touching:
                links = (self._reads, variable, touching, NOTHING)
                found += self._link(asks, asking, *links)
        return found

    def last_writes(self) -> list[int]:
        """Return accesses, each followed by a write that may have come last.

        An access comes once for each of these.
        """
        asks = [block.asks_writes for block in self._blocks]
        found: list[int] = []
        for variable, asking in _by_variable(asks).items():
            writing = self._writing.get(variable, [])
            touching = self._with_bases(variable, writing)
            if touching:
                outside = NOTHING
                unit = self._variables.unit[variable]
                if self._blocks[asking[-1]].unit is not unit:
                    outside = self._all_writes(variable, writing)
                links = (self._writes, variable, touching, outside)
                found += self._link(asks, asking, *links)
        return found

    def _with_bases(self, variable: int, accessing: list[int]) -> list[int]:
        """Add the blocks that assign what a field is an attribute of."""
        bases = self._variables.bases[variable]
        if not bases:
            return accessing
        found = set(accessing)
        for base in bases:
            found.update(self._writing.get(base, ()))
        return sorted(found)

    def _link(
        self,
        asks: Sequence[Places],
        asking: Iterable[int],
        places: Sequence[Places],
        variable: int,
        touching: list[int],
        outside: frozenset[int],
    ) -> list[int]:
        """Link the accesses that ask to what comes before their blocks."""
        search = LastAccess(
            self._blocks,
            self._dominance,
            places,
            variable,
            touching,
            self._dominance.joins(touching),
            outside,
            self._variables.unit[variable],
        )
        found: list[int] = []
        for block in asking:
            last = search.before(block)
            if last:
                for place in asks[block][variable]:
                    for other in last:
                        found += (place, other)
        return found

    def _all_writes(self, variable: int, writing: list[int]) -> frozenset[int]:
        """Return all assignments, of which any may precede a call."""
        return latest(
            place
            for block in writing
            for place in self._writes[block][variable]
        )


def _by_variable(places: Iterable[Places]) -> dict[int, list[int]]:
    """Return the blocks that hold places of a variable, by variable."""
    found: dict[int, list[int]] = {}
    for number, held in enumerate(places):
        for variable in held:
            known = found.get(variable)
            if known is None:
                found[variable] = [number]
            else:
                known.append(number)
    return found
