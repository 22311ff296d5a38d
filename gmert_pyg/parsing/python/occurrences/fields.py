"""Attributes of variables, which are variables themselves."""

from __future__ import annotations

import ast

from gmert_pyg.parsing.python.occurrences.tracer import Tracer
from gmert_pyg.parsing.python.occurrences.variables import UNBOUND


def read_field(tracer: Tracer, node: ast.Attribute, base: int) -> int:
    """Read an attribute of a variable; return the variable that it is."""
    if base < 0:
        return UNBOUND
    place = tracer.positions.attribute(node)
    if place < 0:
        return UNBOUND
    variable = tracer.variables.field(base, node.attr)
    tracer.read(variable, place)
    return variable
