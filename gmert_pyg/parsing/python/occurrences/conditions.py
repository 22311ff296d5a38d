"""Expressions that may leave a part of themselves unevaluated."""

from __future__ import annotations

import ast

from gmert_pyg.parsing.python.occurrences.blocks import Block
from gmert_pyg.parsing.python.occurrences.targets import assign
from gmert_pyg.parsing.python.occurrences.tracer import Tracer, traces
from gmert_pyg.parsing.python.occurrences.variables import UNBOUND
from gmert_pyg.parsing.python.syntax import Comprehension

Branches = tuple[list[Block], list[Block]]


def branch(tracer: Tracer, node: ast.expr) -> Branches:
    """Visit a condition.

    Returns:
        the blocks that end with the condition true, and those that end with it
        false.
    """
    if isinstance(node, ast.BoolOp):
        return _branch_operands(tracer, node)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        true, false = branch(tracer, node.operand)
        return false, true
    if isinstance(node, ast.Compare):
        return _branch_comparison(tracer, node)
    tracer.visit(node)
    end = [tracer.block]
    if isinstance(node, ast.Constant):
        return (end, []) if node.value else ([], end)
    return end, end


def _branch_operands(tracer: Tracer, node: ast.BoolOp) -> Branches:
    conjunction = isinstance(node.op, ast.And)
    decided: list[Block] = []
    for operand in node.values[:-1]:
        true, false = branch(tracer, operand)
        decided += false if conjunction else true
        tracer.start(true if conjunction else false)
    true, false = branch(tracer, node.values[-1])
    return (true, decided + false) if conjunction else (decided + true, false)


def _branch_comparison(tracer: Tracer, node: ast.Compare) -> Branches:
    """`a < b < c` does not come to `c` unless `a < b`."""
    tracer.visit(node.left)
    tracer.visit(node.comparators[0])
    ends = [tracer.block]
    for operand in node.comparators[1:]:
        tracer.start([tracer.block])
        tracer.visit(operand)
        ends.append(tracer.block)
    return ends[-1:], ends


@traces("BoolOp", "Compare")
def trace_condition(tracer: Tracer, node: ast.BoolOp | ast.Compare) -> int:
    """A condition whose value is used."""
    true, false = branch(tracer, node)
    if len(true) + len(false) > 2:
        tracer.start([*true, *false])
    return UNBOUND


@traces("IfExp")
def trace_choice(tracer: Tracer, node: ast.IfExp) -> int:
    """`a if test else b`."""
    true, false = branch(tracer, node.test)
    tracer.start(true)
    tracer.visit(node.body)
    end = tracer.block
    tracer.start(false)
    tracer.visit(node.orelse)
    tracer.start([end, tracer.block])
    return UNBOUND


@traces("ListComp", "SetComp", "DictComp", "GeneratorExp")
def trace_comprehension(tracer: Tracer, node: Comprehension) -> int:
    """A comprehension: nested loops; a generator is taken to run in place."""
    outer = tracer.scope
    headers: list[Block] = []
    for generator in node.generators:
        sources = tracer.uses_of(generator.iter)
        tracer.scope = tracer.scopes[node]
        header = tracer.start([tracer.block])
        if headers:
            header.precede(headers[-1])
        headers.append(header)
        tracer.start([header])
        assign(tracer, generator.target, sources)
        for condition in generator.ifs:
            true, false = branch(tracer, condition)
            for block in false:
                block.precede(header)
            tracer.start(true)
    if isinstance(node, ast.DictComp):
        tracer.visit(node.key)
        tracer.visit(node.value)
    else:
        tracer.visit(node.elt)
    tracer.block.precede(headers[-1])
    tracer.scope = outer
    tracer.start(headers[:1])
    return UNBOUND
