"""Basic blocks: stretches of code that run from start to end."""

from __future__ import annotations

from collections.abc import Iterable

from gmert_pyg.parsing.python.scopes import Scope

NOWHERE = -1
"""The place of the last access to a variable that is gone."""

Places = dict[int, list[int]]


class Block:
    """A basic block, and what it does with variables.

    Places are offsets of identifiers. In `reads` and `writes`, a list holds
    the accesses of a variable in the order in which they happen, and `NOWHERE`
    where it is deleted; `asks_reads` and `asks_writes` hold the accesses that
    are the first of their kind here, so that what came last before them came
    before the block.

    Args:
        number: the position of the block among all blocks of the file.
        before: blocks that it may run after.
        unit: the scope of the module, function or lambda that starts with it,
            if one does.

    Attributes:
        interrupted: blocks at any point of which an exception may lead here.
        dead: whether no path leads here.
    """

    __slots__ = (
        "asks_reads",
        "asks_writes",
        "before",
        "dead",
        "interrupted",
        "number",
        "reads",
        "unit",
        "writes",
    )

    def __init__(
        self,
        number: int,
        before: Iterable[Block] = (),
        interrupted: Iterable[Block] = (),
        unit: Scope | None = None,
    ) -> None:
        self.number = number
        self.before = [b for b in dict.fromkeys(before) if not b.dead]
        self.interrupted = [b for b in interrupted if not b.dead]
        self.unit = unit
        self.dead = unit is None and not (self.before or self.interrupted)
        self.reads: Places = {}
        self.writes: Places = {}
        self.asks_reads: Places = {}
        self.asks_writes: Places = {}

    def precede(self, block: Block) -> None:
        """Note that another block may run after this one."""
        if not self.dead and self not in block.before:
            block.before.append(self)
