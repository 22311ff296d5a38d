"""Statements that assign, delete, import or end a path."""

from __future__ import annotations

import ast
from typing import Any

from gmert_pyg.parsing.python.occurrences.conditions import branch
from gmert_pyg.parsing.python.occurrences.jumps import leave
from gmert_pyg.parsing.python.occurrences.targets import (
    assign,
    assign_name,
    assign_parts,
    compute_item,
    delete,
)
from gmert_pyg.parsing.python.occurrences.tracer import Tracer, traces
from gmert_pyg.parsing.python.occurrences.units import trace_type_parameters
from gmert_pyg.parsing.python.occurrences.variables import UNBOUND


@traces("Assign")
def trace_assign(tracer: Tracer, node: ast.Assign) -> int:
    """`a = b = value`: the value first, then the targets from the left."""
    value = node.value
    if isinstance(value, (ast.Tuple, ast.List)):
        parts = [tracer.uses_of(part) for part in value.elts]
        if any(isinstance(part, ast.Starred) for part in value.elts):
            parts = [[place for part in parts for place in part]]
        for target in node.targets:
            assign_parts(tracer, target, parts)
    else:
        sources = tracer.uses_of(value)
        for target in node.targets:
            assign(tracer, target, sources)
    return UNBOUND


@traces("AugAssign")
def trace_augmented(tracer: Tracer, node: ast.AugAssign) -> int:
    """`a += value`: a read, the value, then an assignment."""
    target = node.target
    if isinstance(target, ast.Subscript):
        tracer.visit(target)
        compute_item(tracer, target, tracer.uses_of(node.value))
        return UNBOUND
    if isinstance(target, ast.Name):
        variable = tracer.variable(target.id)
        place = tracer.positions.name(target)
    else:
        base = tracer.visit(target.value)
        place = tracer.positions.attribute(target)
        variable = (
            tracer.variables.field(base, target.attr) if base >= 0 else base
        )
    known = variable >= 0 and place >= 0
    if known:
        tracer.read(variable, place)
    sources = tracer.uses_of(node.value)
    if known:
        tracer.write(variable, place)
    tracer.compute(place, sources)
    return UNBOUND


@traces("AnnAssign")
def trace_annotated(tracer: Tracer, node: ast.AnnAssign) -> int:
    """`a: T = value`; without a value, nothing is assigned."""
    if node.value is not None:
        assign(tracer, node.target, tracer.uses_of(node.value))
    elif not isinstance(node.target, ast.Name):
        tracer.visit(node.target)
    tracer.visit(node.annotation)
    return UNBOUND


@traces("Delete")
def trace_delete(tracer: Tracer, node: ast.Delete) -> int:
    """`del a, b.c`."""
    for target in node.targets:
        delete(tracer, target)
    return UNBOUND


@traces("Import")
def trace_import(tracer: Tracer, node: ast.Import) -> int:
    """`import a.b` assigns `a`, and `import a.b as c` assigns `c`."""
    for alias in node.names:
        if alias.asname is not None:
            place = tracer.positions.at_end(alias, alias.asname)
            assign_name(tracer, alias.asname, place)
        else:
            first = alias.name.partition(".")[0]
            place = tracer.positions.at_start(alias, first)
            assign_name(tracer, first, place)
    return UNBOUND


@traces("ImportFrom")
def trace_import_from(tracer: Tracer, node: ast.ImportFrom) -> int:
    """`from a import b as c` assigns `c`."""
    for alias in node.names:
        if alias.asname is not None:
            place = tracer.positions.at_end(alias, alias.asname)
            assign_name(tracer, alias.asname, place)
        elif alias.name != "*":
            place = tracer.positions.at_start(alias, alias.name)
            assign_name(tracer, alias.name, place)
    return UNBOUND


@traces("Return")
def trace_return(tracer: Tracer, node: ast.Return) -> int:
    """`return value`."""
    if node.value is not None:
        tracer.give(tracer.uses_of(node.value))
    leave(tracer, "return")
    return UNBOUND


@traces("Raise")
def trace_raise(tracer: Tracer, node: ast.Raise) -> int:
    """`raise error from cause`: the handlers around follow any point here."""
    for part in (node.exc, node.cause):
        if part is not None:
            tracer.visit(part)
    tracer.start(())
    return UNBOUND


@traces("Assert")
def trace_assert(tracer: Tracer, node: ast.Assert) -> int:
    """`assert test, message`: the message is on a path that ends."""
    holds, fails = branch(tracer, node.test)
    if node.msg is not None:
        tracer.start(fails)
        tracer.visit(node.msg)
    tracer.start(holds)
    return UNBOUND


@traces("Break")
def trace_break(tracer: Tracer, node: ast.Break) -> int:
    """`break`."""
    leave(tracer, "break")
    return UNBOUND


@traces("Continue")
def trace_continue(tracer: Tracer, node: ast.Continue) -> int:
    """`continue`."""
    leave(tracer, "continue")
    return UNBOUND


@traces("TypeAlias")
def trace_type_alias(tracer: Tracer, node: Any) -> int:
    """`type A[T] = ...`."""
    outer = tracer.scope
    trace_type_parameters(tracer, node)
    tracer.visit(node.value)
    tracer.scope = outer
    assign_name(tracer, node.name.id, tracer.positions.name(node.name))
    return UNBOUND
