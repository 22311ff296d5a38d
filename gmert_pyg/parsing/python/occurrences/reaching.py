"""Which accesses of a variable may be the last before a block.

For a variable :math:`v` and a block :math:`b`,

.. math::
    \\mathrm{in}(b) = \\bigcup_{p \\to b} \\mathrm{out}(p), \\qquad
    \\mathrm{out}(p) = \\{\\text{last access in } p\\}
    \\text{ or } \\mathrm{in}(p) \\text{ if there is none,}

the least solution, by iteration to a fixed point. It is asked for where a
variable is accessed only, and looked for from there backwards: straight code
costs nothing, and a variable costs the blocks between its accesses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Literal

from gmert_pyg.parsing.python.occurrences.blocks import NOWHERE, Block, Places
from gmert_pyg.parsing.python.occurrences.variables import Variables

MAX_PLACES = 32
"""Of more accesses that may be the last, those latest in the text are kept."""

Kind = Literal["reads", "writes"]
_NUMBER = attrgetter("number")


def link_blocks(
    blocks: Sequence[Block], variables: Variables, kind: Kind
) -> list[tuple[int, int]]:
    """Link the first accesses in blocks to what may have come before.

    Args:
        blocks: all blocks of a file.
        variables: its variables.
        kind: which accesses to link to.

    Returns:
        pairs of an access, and one that may be the last of the kind before.
    """
    places_of = attrgetter(kind)
    asks = attrgetter(f"asks_{kind}")
    asking: dict[int, list[Block]] = {}
    for block in blocks:
        for variable in asks(block):
            asking.setdefault(variable, []).append(block)
    elsewhere = _all_writes(blocks) if kind == "writes" else {}
    pairs = []
    for variable, where in asking.items():
        search = _Search(places_of, variable, variables)
        search.outside = _latest(elsewhere.get(variable, ()))
        found = search.run(where)
        for block in where:
            if last := found[block]:
                pairs += [
                    (place, other)
                    for place in asks(block)[variable]
                    for other in last
                ]
    return pairs


class _Search:
    """The search for the last accesses of one variable."""

    def __init__(
        self,
        places_of: attrgetter[Places],
        variable: int,
        variables: Variables,
    ) -> None:
        self.places_of = places_of
        self.variable = variable
        self.bases = variables.bases[variable]
        self.unit = variables.unit[variable]
        self.outside: set[int] = set()
        self.found: dict[Block, set[int]] = {}
        self.through: dict[Block, list[Block]] = {}

    def run(self, asking: Iterable[Block]) -> dict[Block, set[int]]:
        """Return the last accesses before blocks."""
        todo = list(asking)
        while todo:
            block = todo.pop()
            if block not in self.found:
                todo += self._visit(block)
        # Nearly all edges lead from lower to higher numbers: few sweeps.
        order = sorted(self.through, key=_NUMBER)
        while any([self._absorb(block) for block in order]):
            pass
        return self.found

    def _visit(self, block: Block) -> list[Block]:
        """Collect what reaches a block; return what it is passed on by."""
        variable, found, through = self.variable, set(), []
        for previous in block.before:
            places = self.places_of(previous).get(variable)
            if places is not None:
                found.add(places[-1])
            elif not any(base in previous.writes for base in self.bases):
                through.append(previous)
        for previous in block.interrupted:
            found.update(self.places_of(previous).get(variable, ()))
            through.append(previous)
        if block.unit is not None and block.unit is not self.unit:
            found |= self.outside
        found.discard(NOWHERE)
        self.found[block] = _latest(found)
        if through:
            self.through[block] = through
        return through

    def _absorb(self, block: Block) -> bool:
        """Join what is passed on; return whether that is anything new."""
        known = self.found[block]
        joined = known.union(*[self.found[b] for b in self.through[block]])
        if len(joined) == len(known):
            return False
        joined = _latest(joined)
        self.found[block] = joined
        return joined != known


def _latest(places: Iterable[int]) -> set[int]:
    found = set(places)
    if len(found) <= MAX_PLACES:
        return found
    return set(sorted(found)[-MAX_PLACES:])


def _all_writes(blocks: Iterable[Block]) -> Places:
    """Return every assignment to every variable."""
    found: Places = {}
    for block in blocks:
        for variable, places in block.writes.items():
            found.setdefault(variable, []).extend(
                place for place in places if place != NOWHERE
            )
    return found
