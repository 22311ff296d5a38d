"""Constraints of displays and comprehensions: fresh containers."""

from __future__ import annotations

import ast

from gmert_pyg.parsing.flow import NOTHING, SUMMARY, KeyKind, Op
from gmert_pyg.parsing.python.flow.extractor import Extractor, visits
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
