"""Where control goes that leaves a statement early."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from gmert_pyg.parsing.python.occurrences.blocks import Block

if TYPE_CHECKING:
    from gmert_pyg.parsing.python.occurrences.tracer import Tracer

Jump = Literal["break", "continue", "return"]


@dataclass(slots=True)
class Handler:
    """The clauses of a `try` statement that an exception may lead to.

    Args:
        guarded: the blocks at any point of which one may be raised.
    """

    guarded: list[Block] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Loop:
    """A loop.

    Args:
        header: the block that starts every round.
        broken: the blocks that a `break` ends.
    """

    header: Block
    broken: list[Block] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Finally:
    """A `finally` clause, which runs before control leaves its statement.

    Args:
        body: its statements.
        left: the blocks that a jump out of the statement ends, by the jump.
    """

    body: list[ast.stmt]
    left: dict[Jump, list[Block]] = field(default_factory=dict)


Exit = Loop | Finally


def leave(tracer: Tracer, jump: Jump) -> None:
    """Follow a jump to the innermost `finally` clause or loop it leads to."""
    for around in reversed(tracer.exits):
        if isinstance(around, Finally):
            around.left.setdefault(jump, []).append(tracer.block)
            break
        if jump == "break":
            around.broken.append(tracer.block)
            break
        if jump == "continue":
            tracer.block.precede(around.header)
            break
    tracer.start(())
