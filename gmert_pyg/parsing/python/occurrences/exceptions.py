"""`try` statements: at any point of one, control may leave it."""

from __future__ import annotations

import ast
from typing import Any

from gmert_pyg.parsing.python.occurrences.blocks import NOWHERE, Block
from gmert_pyg.parsing.python.occurrences.jumps import Finally, Handler, leave
from gmert_pyg.parsing.python.occurrences.targets import assign_name
from gmert_pyg.parsing.python.occurrences.tracer import Tracer, traces
from gmert_pyg.parsing.python.occurrences.variables import UNBOUND

MAX_COPIES = 2
"""A `finally` clause inside this many others is no longer told apart by how
control came to it."""


@traces("Try", "TryStar")
def trace_try(tracer: Tracer, node: Any) -> int:
    """`try: ... except: ... else: ... finally: ...`."""
    if not node.finalbody:
        _trace_clauses(tracer, node)
        return UNBOUND
    outer, guard = tracer.handler, Handler()
    final = Finally(node.finalbody)
    tracer.handler = guard
    tracer.exits.append(final)
    _trace_clauses(tracer, node)
    tracer.exits.pop()
    tracer.handler = outer
    if tracer.num_copies < MAX_COPIES:
        tracer.num_copies += 1
        _copy_finally(tracer, final, guard)
        tracer.num_copies -= 1
    else:
        _share_finally(tracer, final, guard)
    return UNBOUND


def _trace_clauses(tracer: Tracer, node: Any) -> None:
    around, guard = tracer.handler, Handler()
    if node.handlers:
        tracer.handler = guard
    tracer.start([tracer.block])
    tracer.visit_body(node.body)
    tracer.handler = around
    tracer.start([tracer.block])
    tracer.visit_body(node.orelse)
    ends = [tracer.block]
    if node.handlers:
        tracer.start((), guard.guarded)
        ends += _trace_handlers(tracer, node)
        tracer.start(ends)


def _trace_handlers(tracer: Tracer, node: Any) -> list[Block]:
    """Visit the `except` clauses; return the blocks that end with them.

    Of `except*` clauses, several may run.
    """
    several = node.__class__.__name__ == "TryStar"
    ends: list[Block] = []
    for handler in node.handlers:
        if handler.type is not None:
            tracer.visit(handler.type)
        tested = tracer.block
        tracer.start([tested])
        _trace_handler(tracer, handler)
        ends.append(tracer.block)
        tracer.start([tested, tracer.block] if several else [tested])
    return [tracer.block] if several else ends


def _trace_handler(tracer: Tracer, handler: ast.ExceptHandler) -> None:
    """`except E as e`: `e` is gone afterwards."""
    if handler.name is not None:
        span = tracer.spans.exception(handler)
        assign_name(tracer, handler.name, span[0] if span else NOWHERE)
    tracer.visit_body(handler.body)
    if handler.name is not None:
        variable = tracer.variable(handler.name)
        tracer.delete(variable, NOWHERE)


def _copy_finally(tracer: Tracer, final: Finally, guard: Handler) -> None:
    """Visit the clause once for every way in which control comes to it."""
    normal = tracer.block
    tracer.start((), guard.guarded)
    tracer.visit_body(final.body)
    for jump, blocks in final.left.items():
        tracer.start(blocks)
        tracer.visit_body(final.body)
        leave(tracer, jump)
    tracer.start([normal])
    tracer.visit_body(final.body)


def _share_finally(tracer: Tracer, final: Finally, guard: Handler) -> None:
    """Visit the clause once, whatever brings control to it."""
    left = [block for blocks in final.left.values() for block in blocks]
    tracer.start([tracer.block, *left], guard.guarded)
    tracer.visit_body(final.body)
    end = tracer.block
    for jump in final.left:
        tracer.start([end])
        leave(tracer, jump)
    tracer.start([end])
