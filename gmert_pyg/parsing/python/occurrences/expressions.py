"""Expressions, in the order in which they are evaluated."""

from __future__ import annotations

import ast
from typing import Any

from gmert_pyg.parsing.python.occurrences.fields import read_field
from gmert_pyg.parsing.python.occurrences.targets import assign
from gmert_pyg.parsing.python.occurrences.tracer import Tracer, traces
from gmert_pyg.parsing.python.occurrences.variables import UNBOUND
from gmert_pyg.parsing.python.spans import GUESSED


@traces("Constant", "Pass", "Global", "Nonlocal")
def trace_nothing(tracer: Tracer, node: ast.AST) -> int:
    """Nothing that accesses a variable."""
    return UNBOUND


@traces("Name")
def trace_name(tracer: Tracer, node: ast.Name) -> int:
    """A name that is read."""
    variable = tracer.variable(node.id)
    if variable >= 0:
        place = tracer.positions.name(node)
        if place < 0:
            return UNBOUND
        tracer.read(variable, place)
        if tracer.variables.holds_data[variable]:
            tracer.used.append(place)
    return variable


@traces("Attribute")
def trace_attribute(tracer: Tracer, node: ast.Attribute) -> int:
    """An attribute that is read."""
    base = tracer.visit(node.value)
    variable = read_field(tracer, node, base)
    if variable >= 0 and tracer.variables.holds_data[variable]:
        tracer.used.append(tracer.positions.attribute(node))
    return variable


@traces("BinOp")
def trace_operation(tracer: Tracer, node: ast.BinOp) -> int:
    """A chain of operators, without recursing along its left side."""
    left: ast.expr = node
    rights: list[ast.expr] = []
    while isinstance(left, ast.BinOp):
        rights.append(left.right)
        left = left.left
    tracer.visit(left)
    for right in reversed(rights):
        tracer.visit(right)
    return UNBOUND


@traces("Dict")
def trace_dict(tracer: Tracer, node: ast.Dict) -> int:
    """`{key: value, **rest}`, pair by pair."""
    for key, value in zip(node.keys, node.values, strict=True):
        if key is not None:
            tracer.visit(key)
        tracer.visit(value)
    return UNBOUND


@traces("NamedExpr")
def trace_walrus(tracer: Tracer, node: ast.NamedExpr) -> int:
    """`(name := value)`; the name is a variable of what it is part of."""
    sources = tracer.uses_of(node.value)
    assign(tracer, node.target, sources)
    place = tracer.positions.name(node.target)
    if place >= 0:
        tracer.used.append(place)
    return UNBOUND


@traces("JoinedStr")
def trace_fstring(tracer: Tracer, node: ast.JoinedStr) -> int:
    """An f-string."""
    outer = tracer.positions.in_string
    tracer.positions.in_string = outer or GUESSED
    tracer.visit_all(node.values)
    tracer.positions.in_string = outer
    return UNBOUND


@traces("Yield", "YieldFrom")
def trace_yield(tracer: Tracer, node: Any) -> int:
    """`yield value`."""
    if node.value is not None:
        tracer.give(tracer.uses_of(node.value))
    return UNBOUND
