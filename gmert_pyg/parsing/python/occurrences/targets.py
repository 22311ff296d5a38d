"""What is assigned and deleted."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from gmert_pyg.parsing.python.occurrences.tracer import Tracer

_DISPLAY = (ast.Tuple, ast.List)


def assign(tracer: Tracer, target: ast.expr, sources: Sequence[int]) -> None:
    """Assign to a target.

    Args:
        tracer: the pass.
        target: a name, an attribute, an item, or several of them.
        sources: the places of the variables that the value is computed from.
    """
    if isinstance(target, ast.Name):
        assign_name(tracer, target.id, tracer.positions.name(target), sources)
    elif isinstance(target, ast.Attribute):
        base = tracer.visit(target.value)
        place = tracer.positions.attribute(target)
        if base >= 0 and place >= 0:
            tracer.write(tracer.variables.field(base, target.attr), place)
        tracer.compute(place, sources)
    elif isinstance(target, ast.Subscript):
        tracer.visit(target)
        compute_item(tracer, target, sources)
    elif isinstance(target, _DISPLAY):
        for element in target.elts:
            assign(tracer, element, sources)
    elif isinstance(target, ast.Starred):
        assign(tracer, target.value, sources)


def assign_name(
    tracer: Tracer, name: str, place: int, sources: Sequence[int] = ()
) -> None:
    """Assign to a name that stands at a place."""
    variable = tracer.variable(name)
    if variable >= 0 and place >= 0:
        tracer.write(variable, place)
        tracer.compute(place, sources)


def assign_parts(
    tracer: Tracer, target: ast.expr, parts: Sequence[Sequence[int]]
) -> None:
    """Assign a display of values, pair by pair where the target is one too."""
    if (
        isinstance(target, _DISPLAY)
        and len(target.elts) == len(parts)
        and not any(isinstance(x, ast.Starred) for x in target.elts)
    ):
        for element, sources in zip(target.elts, parts, strict=True):
            assign(tracer, element, sources)
    else:
        assign(tracer, target, [place for part in parts for place in part])


def compute_item(
    tracer: Tracer, target: ast.Subscript, sources: Sequence[int]
) -> None:
    """Let what holds an item be computed from the item's value."""
    holder = target.value
    if isinstance(holder, ast.Attribute):
        tracer.compute(tracer.positions.attribute(holder), sources)
    elif isinstance(holder, ast.Name) and tracer.variable(holder.id) >= 0:
        tracer.compute(tracer.positions.name(holder), sources)


def delete(tracer: Tracer, target: ast.expr) -> None:
    """Delete a name, an attribute, an item, or several of them."""
    if isinstance(target, ast.Name):
        variable = tracer.variable(target.id)
        place = tracer.positions.name(target)
        if variable >= 0 and place >= 0:
            tracer.delete(variable, place)
    elif isinstance(target, ast.Attribute):
        base = tracer.visit(target.value)
        place = tracer.positions.attribute(target)
        if base >= 0 and place >= 0:
            tracer.delete(tracer.variables.field(base, target.attr), place)
    elif isinstance(target, _DISPLAY):
        for element in target.elts:
            delete(tracer, element)
    else:
        tracer.visit(target)
