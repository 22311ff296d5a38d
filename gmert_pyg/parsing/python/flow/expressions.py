"""Constraints of expressions that call nothing."""

from __future__ import annotations

import ast

from gmert_pyg.parsing.flow import (
    NO_BOUND,
    NOTHING,
    SUMMARY,
    UNKNOWN_BOUND,
    KeyKind,
    Op,
)
from gmert_pyg.parsing.python.flow.extractor import (
    GUESSED_IN_STRINGS,
    Extractor,
    constant_text,
    key_text,
    visits,
)
from gmert_pyg.parsing.python.flow.targets import bind
from gmert_pyg.parsing.python.syntax import Comprehension

_TYPES = {
    ast.List: "list",
    ast.Tuple: "tuple",
    ast.Set: "set",
    ast.ListComp: "list",
    ast.SetComp: "set",
    ast.DictComp: "dict",
    ast.GeneratorExp: "generator",
}
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


@visits("List", "Tuple", "Set")
def visit_sequence(x: Extractor, node: ast.List | ast.Tuple | ast.Set) -> int:
    """A display of elements; after a starred one their keys are unknown."""
    emitter = x.emitter
    items: list[tuple[int, int]] = []
    starred: list[int] = []
    for position, element in enumerate(node.elts):
        if isinstance(element, ast.Starred):
            starred.append(x.visit(element.value))
            continue
        value = x.visit(element)
        if value >= 0:
            unordered = bool(starred) or isinstance(node, ast.Set)
            key = SUMMARY if unordered else emitter.text(f"i{position}")
            items.append((key, value))
    length = -1 if starred else len(node.elts)
    found = container(x, _TYPES[type(node)], length, items)
    for value in starred:
        if value >= 0:
            emitter.emit(Op.EXTEND, found, value)
    return found


def container(
    x: Extractor, kind: str, length: int, items: list[tuple[int, int]]
) -> int:
    """Return a fresh node that holds a fresh container."""
    thing = x.emitter.object()
    flat = [part for item in items for part in item]
    x.emitter.emit(
        Op.CONTAINER, thing, x.emitter.text(kind), length, len(items), *flat
    )
    return x.emitter.holding(thing)


@visits("Dict")
def visit_dict(x: Extractor, node: ast.Dict) -> int:
    """A display of keys and values."""
    emitter = x.emitter
    items: list[tuple[int, int]] = []
    later: list[tuple[Op, tuple[int, ...]]] = []
    for key, element in zip(node.keys, node.values, strict=True):
        if key is None:
            other = x.visit(element)
            if other >= 0:
                later.append((Op.UPDATE, (other,)))
            continue
        kind, place = x.key(key)
        value = x.visit(element)
        if kind == KeyKind.NODE:
            items.append((emitter.text("@keys"), place))
        if value < 0:
            continue
        if kind == KeyKind.NODE:
            later.append((Op.SET_ITEM, (kind, place, value, x.site(None))))
        else:
            items.append((place, value))
    found = container(x, "dict", -1, items)
    for op, operands in later:
        emitter.emit(op, found, *operands)
    return found


@visits("ListComp", "SetComp", "DictComp", "GeneratorExp")
def visit_comprehension(x: Extractor, node: Comprehension) -> int:
    """A comprehension: it runs where it stands, in a scope of its own."""
    inner = x.scopes.get(node)
    if inner is None:
        return NOTHING
    outer = x.scope
    for generator in node.generators:
        element = iterate(x, generator.iter)
        x.scope = inner
        bind(x, generator.target, element)
        x.visit_all(generator.ifs)
    if isinstance(node, ast.DictComp):
        key, value = x.visit(node.key), x.visit(node.value)
        items = [(x.emitter.text("@keys"), key)] if key >= 0 else []
    else:
        value, items = x.visit(node.elt), []
    x.scope = outer
    if value >= 0:
        items.append((SUMMARY, value))
    return container(x, _TYPES.get(type(node), "list"), -1, items)


def iterate(x: Extractor, node: ast.expr) -> int:
    """Return the node of the elements of an iterable."""
    iterable = x.visit(node)
    if iterable < 0:
        return NOTHING
    element = x.emitter.node()
    x.emitter.emit(Op.ITERATE, iterable, element, x.site(None))
    return element


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
