"""The last accesses of a variable before a block of code."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from gmert_pyg.parsing.python.occurrences.blocks import NOWHERE, Block, Places
from gmert_pyg.parsing.python.occurrences.dominance import Dominance
from gmert_pyg.parsing.python.scopes import Scope

MAX_PLACES = 32
"""Of more accesses that may be the last, those latest in the text are kept."""
NOTHING: frozenset[int] = frozenset()

_GONE = frozenset([NOWHERE])


class LastAccess:
    """The last accesses of one variable before any block.

    Args:
        blocks: all blocks of a file, by number.
        dominance: how they follow each other.
        places: the accesses of each, by variable and in order.
        variable: the variable.
        touching: the blocks that access it or end it, ascending.
        joins: the iterated frontier of these.
        outside: what may have come before any unit but the variable's own.
        unit: the unit of the variable.
    """

    def __init__(
        self,
        blocks: Sequence[Block],
        dominance: Dominance,
        places: Sequence[Places],
        variable: int,
        touching: list[int],
        joins: set[int],
        outside: frozenset[int],
        unit: Scope,
    ) -> None:
        self._blocks = blocks
        self._dominance = dominance
        self._places = places
        self._variable = variable
        self._outside = outside
        self._unit = unit
        self._touching = frozenset(touching)
        self._joins = joins
        self._marked = sorted(joins.union(touching)) if joins else touching
        self._at_join: dict[int, frozenset[int]] = {}

    def before(self, block: int) -> frozenset[int]:
        """Return the accesses that may be the last before a block."""
        found = self._known_before(block)
        if not isinstance(found, int):
            return found
        if found not in self._at_join:
            self._solve(found)
        return self._at_join[found]

    def _known_before(self, block: int) -> frozenset[int] | int:
        """Return what comes before a block, or the join that tells it."""
        if block in self._joins:
            return block
        marked = self._marked
        source = self._dominance.above(
            block, marked, bisect_left(marked, block), self._blocks[block].start
        )
        if source < 0:
            own = self._blocks[block].unit is self._unit
            return NOTHING if own else self._outside
        if source in self._joins and source not in self._touching:
            return source
        return self._last(source)

    def _last(self, block: int) -> frozenset[int]:
        places = self._places[block].get(self._variable)
        if not places or places[-1] == NOWHERE:
            return NOTHING
        return frozenset(places[-1:])

    def _solve(self, wanted: int) -> None:
        """Solve the equations that the one of a join depends on."""
        fixed: dict[int, set[int]] = {}
        passing: dict[int, list[int]] = {}
        todo = [wanted]
        while todo:
            join = todo.pop()
            if join in fixed or join in self._at_join:
                continue
            fixed[join], passing[join] = self._equation(join)
            todo += passing[join]
        known = self._at_join
        known.update((join, latest(found)) for join, found in fixed.items())
        # Nearly all edges lead from lower to higher numbers: few rounds.
        order = sorted(join for join, through in passing.items() if through)
        changed = bool(order)
        while changed:
            changed = False
            for join in order:
                before = known[join]
                joined = before.union(*[known[x] for x in passing[join]])
                if len(joined) > len(before):
                    known[join] = latest(joined)
                    changed |= known[join] != before

    def _equation(self, join: int) -> tuple[set[int], list[int]]:
        """Return what is known to come before a join, and joins that add."""
        block = self._blocks[join]
        sources: list[frozenset[int] | int] = []
        for other in block.before:
            number = other.number
            if number in self._touching:
                sources.append(self._last(number))
            else:
                sources.append(self._known_before(number))
        found: set[int] = set()
        for other in block.interrupted:
            places = self._places[other.number].get(self._variable, ())
            found.update(places)
            sources.append(self._known_before(other.number))
        through: list[int] = []
        for source in sources:
            if isinstance(source, int):
                through.append(source)
            else:
                found |= source
        return found, through


def latest(places: Iterable[int]) -> frozenset[int]:
    """Return no more than `MAX_PLACES` of some places."""
    found = frozenset(places) - _GONE
    if len(found) <= MAX_PLACES:
        return found
    return frozenset(sorted(found)[-MAX_PLACES:])
