"""Statements that choose, repeat or guard others."""

from __future__ import annotations

import ast

from gmert_pyg.parsing.python.occurrences.conditions import branch
from gmert_pyg.parsing.python.occurrences.jumps import Loop
from gmert_pyg.parsing.python.occurrences.targets import assign
from gmert_pyg.parsing.python.occurrences.tracer import Tracer, traces
from gmert_pyg.parsing.python.occurrences.variables import UNBOUND


@traces("If")
def trace_if(tracer: Tracer, node: ast.If) -> int:
    """`if` with its `elif` branches, which the tree nests."""
    ends = []
    while True:
        true, false = branch(tracer, node.test)
        tracer.start(true)
        tracer.visit_body(node.body)
        ends.append(tracer.block)
        tracer.start(false)
        if len(node.orelse) != 1 or not isinstance(node.orelse[0], ast.If):
            break
        node = node.orelse[0]
    tracer.visit_body(node.orelse)
    tracer.start([*ends, tracer.block])
    return UNBOUND


@traces("While")
def trace_while(tracer: Tracer, node: ast.While) -> int:
    """`while test: ... else: ...`."""
    loop = Loop(tracer.start([tracer.block]))
    true, false = branch(tracer, node.test)
    tracer.start(true)
    _trace_round(tracer, loop, node.body)
    tracer.start(false)
    tracer.visit_body(node.orelse)
    tracer.start([tracer.block, *loop.broken])
    return UNBOUND


@traces("For", "AsyncFor")
def trace_for(tracer: Tracer, node: ast.For | ast.AsyncFor) -> int:
    """`for target in iterable: ... else: ...`."""
    sources = tracer.uses_of(node.iter)
    loop = Loop(tracer.start([tracer.block]))
    tracer.start([loop.header])
    assign(tracer, node.target, sources)
    _trace_round(tracer, loop, node.body)
    tracer.start([loop.header])
    tracer.visit_body(node.orelse)
    tracer.start([tracer.block, *loop.broken])
    return UNBOUND


def _trace_round(tracer: Tracer, loop: Loop, body: list[ast.stmt]) -> None:
    tracer.exits.append(loop)
    tracer.visit_body(body)
    tracer.block.precede(loop.header)
    tracer.exits.pop()


@traces("With", "AsyncWith")
def trace_with(tracer: Tracer, node: ast.With | ast.AsyncWith) -> int:
    """`with manager as target`; no manager is taken to silence exceptions."""
    for item in node.items:
        sources = tracer.uses_of(item.context_expr)
        if item.optional_vars is not None:
            assign(tracer, item.optional_vars, sources)
    tracer.visit_body(node.body)
    return UNBOUND
