"""Constraints of expressions that call nothing."""

from __future__ import annotations

import ast

from gmert_pyg.parsing.flow import (
    NO_BOUND,
    NOTHING,
    UNKNOWN_BOUND,
    Op,
)
from gmert_pyg.parsing.python.flow.displays import iterate
from gmert_pyg.parsing.python.flow.extractor import (
    GUESSED_IN_STRINGS,
    Extractor,
    constant_text,
    key_text,
    visits,
)
from gmert_pyg.parsing.python.flow.operators import operation
from gmert_pyg.parsing.python.flow.targets import bind

_TRACKED = (str, bytes, int, float, complex)


@visits("Constant")
def visit_constant(x: Extractor, node: ast.Constant) -> int:
    """A literal, which may come to be a key, or have methods called."""
    value = node.value
    if not isinstance(value, _TRACKED):
        return NOTHING
    return constant(x, type(value).__name__, constant_text(value))


def constant(x: Extractor, kind: str, key: str | None = None) -> int:
    """Return a fresh node that holds a constant of a built-in type."""
    found = x.emitter.node()
    number = -1 if key is None else x.emitter.text(key)
    x.emitter.emit(Op.CONSTANT, found, x.emitter.text(kind), number)
    return found


@visits("Name")
def visit_name(x: Extractor, node: ast.Name) -> int:
    """A bare name."""
    return x.read(node.id)


@visits("Attribute")
def visit_attribute(x: Extractor, node: ast.Attribute) -> int:
    """An attribute; a property is called."""
    known = known_place(x, node)
    if known is not None:
        return known
    base = x.visit(node.value)
    if base < 0:
        return NOTHING
    target = x.emitter.node()
    x.emitter.emit(
        Op.GET_ATTRIBUTE, base, x.emitter.text(node.attr), target, x.site(node)
    )
    return target


def known_place(x: Extractor, node: ast.expr) -> int | None:
    """Return the node of what was just stored in a place, if it was."""
    paths = x.environment.paths
    if not paths:
        return None
    path = x.path(node)
    return None if path is None else paths.get(path)


@visits("Subscript")
def visit_subscript(x: Extractor, node: ast.Subscript) -> int:
    """An item or a slice."""
    known = known_place(x, node)
    if known is not None:
        return known
    base = x.visit(node.value)
    if isinstance(node.slice, ast.Slice):
        parts = (node.slice.lower, node.slice.upper, node.slice.step)
        start, stop, step = (_bound(x, part) for part in parts)
        if base < 0:
            return NOTHING
        target = x.emitter.node()
        if step not in (NO_BOUND, 1):
            start = UNKNOWN_BOUND
        x.emitter.emit(Op.SLICE, base, start, stop, target)
        return target
    kind, key = x.key(node.slice)
    if base < 0:
        return NOTHING
    target = x.emitter.node()
    x.emitter.emit(Op.GET_ITEM, base, kind, key, target, x.site(None))
    return target


def _bound(x: Extractor, node: ast.expr | None) -> int:
    if node is None:
        return NO_BOUND
    text = key_text(node)
    if text is not None and text[0] == "i":
        return int(text[1:])
    x.visit(node)
    return UNKNOWN_BOUND


@visits("BoolOp")
def visit_boolean(x: Extractor, node: ast.BoolOp) -> int:
    """`a or b`: any of its values."""
    return x.emitter.joined([x.visit(value) for value in node.values])


@visits("IfExp")
def visit_choice(x: Extractor, node: ast.IfExp) -> int:
    """`a if test else b`: one of two values."""
    x.visit(node.test)
    return x.emitter.joined([x.visit(node.body), x.visit(node.orelse)])


@visits("BinOp")
def visit_operation(x: Extractor, node: ast.BinOp) -> int:
    """A chain of operators, without recursing along its left side."""
    left: ast.expr = node
    rights: list[tuple[ast.operator, ast.expr]] = []
    while isinstance(left, ast.BinOp):
        rights.append((left.op, left.right))
        left = left.left
    value = x.visit(left)
    for operator, node_right in reversed(rights):
        value = operation(x, operator, value, x.visit(node_right))
    return value


@visits("Compare")
def visit_comparison(x: Extractor, node: ast.Compare) -> int:
    """`a < b`: its value is not tracked."""
    for part in (node.left, *node.comparators):
        if not isinstance(part, ast.Constant):
            x.visit(part)
    return NOTHING


@visits("Await")
def visit_await(x: Extractor, node: ast.Await) -> int:
    """`await value`: coroutines are taken for what they return."""
    return x.visit(node.value)


@visits("NamedExpr")
def visit_walrus(x: Extractor, node: ast.NamedExpr) -> int:
    """`(name := value)`."""
    value = x.visit(node.value)
    bind(x, node.target, value)
    return value


@visits("JoinedStr")
def visit_fstring(x: Extractor, node: ast.JoinedStr) -> int:
    """An f-string."""
    x.placeless += GUESSED_IN_STRINGS
    x.visit_all(node.values)
    x.placeless -= GUESSED_IN_STRINGS
    return constant(x, "str")


@visits("Yield")
def visit_yield(x: Extractor, node: ast.Yield) -> int:
    """`yield value`."""
    x.frame.generates = True
    x.emitter.copy(x.visit(node.value), x.frame.yields)
    return NOTHING


@visits("YieldFrom")
def visit_yield_from(x: Extractor, node: ast.YieldFrom) -> int:
    """`yield from iterable`."""
    x.frame.generates = True
    x.emitter.copy(iterate(x, node.value), x.frame.yields)
    return NOTHING
