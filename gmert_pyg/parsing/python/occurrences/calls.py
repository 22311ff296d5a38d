"""Calls, and which parameters their arguments bind."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from gmert_pyg.parsing.columns import OCCURRENCE_CODES
from gmert_pyg.parsing.python.occurrences.fields import read_field
from gmert_pyg.parsing.python.occurrences.positions import NO_PLACE
from gmert_pyg.parsing.python.occurrences.signatures import Signature
from gmert_pyg.parsing.python.occurrences.tracer import Tracer, traces
from gmert_pyg.parsing.python.occurrences.variables import UNBOUND

_UNKNOWN = Signature([], {}, NO_PLACE, NO_PLACE)
_ARGUMENT_OF = OCCURRENCE_CODES["argument_of"]


@traces("Call")
def trace_call(tracer: Tracer, node: ast.Call) -> int:
    """A call: its callee, its arguments, then its keyword arguments."""
    if isinstance(node.func, ast.Attribute):
        # What is called is a method rather than a variable's value.
        read_field(tracer, node.func, tracer.visit(node.func.value))
    else:
        tracer.visit(node.func)
    first, num_nested = len(tracer.used), len(tracer.nested)
    ends = [first]
    for argument in node.args:
        tracer.visit(argument)
        ends.append(len(tracer.used))
    for keyword in node.keywords:
        tracer.visit(keyword.value)
        ends.append(len(tracer.used))
    if ends[-1] > first:
        _link_arguments(tracer, node, ends, tracer.nested[num_nested:])
        del tracer.nested[num_nested:]
        tracer.nested.append((first, ends[-1]))
    return UNBOUND


def _link_arguments(
    tracer: Tracer,
    node: ast.Call,
    ends: Sequence[int],
    nested: Sequence[tuple[int, int]],
) -> None:
    """Link the variables of arguments, but those that inner calls take."""
    signature = tracer.signatures.of_call(node.func)
    if signature is None and not node.keywords:
        return
    taken = {number for part in nested for number in range(*part)}
    edges = tracer.edges
    for number, parameters in enumerate(_bound(tracer, node, signature)):
        for use in range(ends[number], ends[number + 1]):
            if use not in taken:
                for parameter in parameters:
                    edges += (tracer.used[use], parameter, _ARGUMENT_OF)


def _bound(
    tracer: Tracer, node: ast.Call, signature: Signature | None
) -> list[list[int]]:
    """Return the places that each argument of a call is linked to.

    How many arguments `*values` stands for is not known, nor what `**values`
    names: they are linked to `*rest` and `**rest`.
    """
    bound: list[list[int]] = []
    known = signature or _UNKNOWN
    position: int | None = 0
    for argument in node.args:
        place = known.rest
        if isinstance(argument, ast.Starred):
            position = None
        elif position is not None:
            if position < len(known.positional):
                place = known.positional[position]
            position += 1
        bound.append([place])
    for keyword in node.keywords:
        if keyword.arg is None:
            bound.append([known.named_rest])
            continue
        name = tracer.positions.at_start(keyword, keyword.arg)
        bound.append([name, known.named.get(keyword.arg, known.named_rest)])
    return [[place for place in places if place >= 0] for places in bound]
