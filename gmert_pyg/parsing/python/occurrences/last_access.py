"""The last accesses of a variable before a block of code."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence

from gmert_pyg.parsing.python.occurrences.blocks import NOWHERE, Block, Places
from gmert_pyg.parsing.python.occurrences.dominance import Dominance

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
        at_start: returns what has come before the unit of a block.
    """

    def __init__(
        self,
        blocks: Sequence[Block],
        dominance: Dominance,
        places: Sequence[Places],
        variable: int,
        touching: list[int],
        at_start: Callable[[int], frozenset[int]],
    ) -> None:
        self._blocks = blocks
        self._above = dominance.above
        self._places = places
        self._variable = variable
        self._at_start = at_start
        self._marked = touching
        self._touching = self._joins = NOTHING
        self._at_join: dict[int, frozenset[int]] = {}
        joins = dominance.joins(touching)
        if joins:
            self._joins = frozenset(joins)
            self._touching = frozenset(touching)
            self._marked = sorted(joins.union(touching))
            self._solve()

    def before(self, block: int) -> frozenset[int]:
        """Return the accesses that may be the last before a block."""
        source = block
        if block not in self._joins:
            marked = self._marked
            source = self._above(block, marked, bisect_left(marked, block))
            if source < 0:
                return self._at_start(block)
            if source not in self._joins or source in self._touching:
                return self._last(source)
        return self._at_join[source]

    def _last(self, block: int) -> frozenset[int]:
        places = self._places[block].get(self._variable)
        if not places or places[-1] == NOWHERE:
            return NOTHING
        return frozenset(places[-1:])

    def _solve(self) -> None:
        """Solve the equations of the joins, by iteration to a fixed point."""
        passing: list[tuple[int, list[int]]] = []
        known = self._at_join
        for join in sorted(self._joins):
            found: set[int] = set()
            through: list[int] = []
            block = self._blocks[join]
            for other in block.before:
                if other.number in self._touching:
                    found |= self._last(other.number)
                else:
                    self._pass_on(other.number, found, through)
            for other in block.interrupted:
                places = self._places[other.number]
                found.update(places.get(self._variable, ()))
                self._pass_on(other.number, found, through)
            known[join] = latest(found)
            if through:
                passing.append((join, through))
        changed = True
        while changed:
            changed = False
            # Nearly all edges lead from lower to higher numbers: few rounds.
            for join, through in passing:
                joined = known[join].union(*[known[other] for other in through])
                if len(joined) > len(known[join]):
                    joined = latest(joined)
                    changed |= joined != known[join]
                    known[join] = joined

    def _pass_on(self, block: int, found: set[int], through: list[int]) -> None:
        """Add what comes before a block, or the join that tells it."""
        source = block
        if block not in self._joins:
            marked = self._marked
            source = self._above(block, marked, bisect_left(marked, block))
            if source < 0:
                found |= self._at_start(block)
                return
            if source in self._touching:
                found |= self._last(source)
                return
        through.append(source)


def latest(places: Iterable[int]) -> frozenset[int]:
    """Return no more than `MAX_PLACES` of some places."""
    found = frozenset(places) - _GONE
    if len(found) <= MAX_PLACES:
        return found
    return frozenset(sorted(found)[-MAX_PLACES:])
