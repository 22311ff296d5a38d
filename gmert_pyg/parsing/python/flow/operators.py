"""Constraints of operators."""

from __future__ import annotations

import ast

from gmert_pyg.parsing.flow import NOTHING, Op
from gmert_pyg.parsing.python.flow.extractor import Extractor


def operation(
    x: Extractor, operator: ast.operator, left: int, right: int
) -> int:
    """Return the node of what an operator gives: sums hold both sides."""
    if not isinstance(operator, (ast.Add, ast.BitOr, ast.Mod, ast.Mult)):
        return NOTHING
    if left < 0 and right < 0:
        return NOTHING
    target = x.emitter.node()
    x.emitter.emit(Op.CONCATENATE, left, right, target)
    return target
