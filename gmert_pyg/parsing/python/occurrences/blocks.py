"""Basic blocks: stretches of code that run from start to end."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import attrgetter

from gmert_pyg.parsing.python.scopes import Scope

NOWHERE = -1
"""The place of the last access to a variable that is gone."""

Places = dict[int, list[int]]
_DEPTH = attrgetter("depth")


class Block:
    """A basic block, and what it does with variables.

    Places are offsets of identifiers. In `reads` and `writes`, a list holds
    the accesses of a variable in the order in which they happen, and `NOWHERE`
    where it is deleted; `asks_reads` and `asks_writes` hold the accesses that
    are the first of their kind here, so that what came last before them came
    before the block.

    Args:
        number: the position of the block among all blocks of the file.
        before: blocks that it may run after. Those that come to it from
            further down, as rounds of a loop do, are added by `precede`.
        interrupted: blocks at any point of which an exception may lead here.
        opens: the scope of the module, function or lambda that starts with
            it, if one does.

    Attributes:
        dead: whether no path leads here.
        first: whether a unit starts with it.
        unit: the scope of the unit that it is part of.
        start: the number of the block that this unit starts with.
        dominator: the last block that every path to this one goes through.
        depth: how many blocks dominate it.
    """

    __slots__ = (
        "asks_reads",
        "asks_writes",
        "before",
        "dead",
        "depth",
        "dominator",
        "first",
        "interrupted",
        "number",
        "reads",
        "start",
        "unit",
        "writes",
    )

    def __init__(
        self,
        number: int,
        before: Iterable[Block] = (),
        interrupted: Iterable[Block] = (),
        opens: Scope | None = None,
    ) -> None:
        self.number = number
        self.before: list[Block] = [
            block for block in dict.fromkeys(before) if not block.dead
        ]
        self.interrupted: list[Block] = [
            block for block in interrupted if not block.dead
        ]
        self.first = opens is not None
        self.dead: bool = not (self.first or self.before or self.interrupted)
        self.dominator = above = self._find_dominator()
        self.depth: int = above.depth + 1 if above is not None else 0
        self.unit: Scope | None = above.unit if above is not None else opens
        self.start: int = above.start if above is not None else number
        self.reads: Places = {}
        self.writes: Places = {}
        self.asks_reads: Places = {}
        self.asks_writes: Places = {}

    def precede(self, block: Block) -> None:
        """Note that a block further up, which dominates this, may follow."""
        if not self.dead and self not in block.before:
            block.before.append(self)

    def _find_dominator(self) -> Block | None:
        above = list(self.before)
        # A block that is interrupted need not run to its end.
        above += [b.dominator for b in self.interrupted if b.dominator]
        # From the deepest, every step up is made once.
        above.sort(key=_DEPTH, reverse=True)
        return reduce(_join, above) if above else None


def _join(first: Block, second: Block) -> Block:
    """Return the last block that dominates two of one unit, or is both."""
    while first is not second:
        if first.depth < second.depth:
            first, second = second, first
        assert first.dominator is not None
        first = first.dominator
    return first
