"""The last accesses of a variable before a block of code."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter

from gmert_pyg.parsing.python.occurrences.blocks import NOWHERE, Block
from gmert_pyg.parsing.python.occurrences.dominance import Dominance

MAX_PLACES = 32
"""Of more accesses that may be the last, those latest in the text are kept."""
NOTHING: frozenset[int] = frozenset()

_GONE = frozenset([NOWHERE])
_NUMBER = attrgetter("number")


class LastAccess:
    """The last accesses of one variable before any block.

    Args:
        dominance: how the blocks follow each other.
        touching: the blocks that access it, or end it.
        places: returns its accesses in a block, in order.
        at_start: returns what has come before a unit, given a block of it.
    """

    def __init__(
        self,
        dominance: Dominance,
        touching: Sequence[Block],
        places: Callable[[Block], Sequence[int]],
        at_start: Callable[[Block], frozenset[int]],
    ) -> None:
        self._dominance = dominance
        self._places = places
        self._at_start = at_start
        self._touching = set(touching)
        self._joins = dominance.joins(touching)
        self._marked = sorted(self._touching | self._joins, key=_NUMBER)
        self._numbers = [block.number for block in self._marked]
        self._at_join: dict[Block, frozenset[int]] = {}
        if self._joins:
            self._solve()

    def before(self, block: Block) -> frozenset[int]:
        """Return the accesses that may be the last before a block."""
        source = self._source(block, at_end=False)
        return self._at_join[source] if isinstance(source, Block) else source

    def _source(self, block: Block, *, at_end: bool) -> Block | frozenset[int]:
        """Return what is known at a block, or the join that knows it."""
        if at_end and block in self._touching:
            return self._last(block)
        if block in self._joins:
            return block
        above = self._above(block)
        if above is None:
            return self._at_start(block)
        return self._last(above) if above in self._touching else above

    def _last(self, block: Block) -> frozenset[int]:
        places = self._places(block)
        if not places or places[-1] == NOWHERE:
            return NOTHING
        return frozenset(places[-1:])

    def _above(self, block: Block) -> Block | None:
        """Return the nearest block of interest that dominates another."""
        first = block.root.number
        dominates = self._dominance.dominates
        place = bisect_left(self._numbers, block.number)
        for marked in reversed(self._marked[:place]):
            if marked.number < first:
                break
            if dominates(marked, block):
                return marked
        return None

    def _solve(self) -> None:
        """Solve the equations of the joins, by iteration to a fixed point."""
        passing: list[tuple[Block, list[Block]]] = []
        known = self._at_join
        for block in sorted(self._joins, key=_NUMBER):
            found: set[int] = set()
            through: list[Block] = []
            sources = [self._source(b, at_end=True) for b in block.before]
            for other in block.interrupted:
                found.update(self._places(other))
                sources.append(self._source(other, at_end=False))
            for source in sources:
                if isinstance(source, Block):
                    through.append(source)
                else:
                    found |= source
            known[block] = latest(found)
            if through:
                passing.append((block, through))
        changed = True
        while changed:
            changed = False
            # Nearly all edges lead from lower to higher numbers: few rounds.
            for block, through in passing:
                joined = known[block].union(*[known[b] for b in through])
                if len(joined) > len(known[block]):
                    joined = latest(joined)
                    changed |= joined != known[block]
                    known[block] = joined


def latest(places: Iterable[int]) -> frozenset[int]:
    """Return no more than `MAX_PLACES` of some places."""
    found = frozenset(places) - _GONE
    if len(found) <= MAX_PLACES:
        return found
    return frozenset(sorted(found)[-MAX_PLACES:])
