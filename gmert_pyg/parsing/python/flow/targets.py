"""Constraints of assignments."""

from __future__ import annotations

import ast

from gmert_pyg.parsing.flow import NO_BOUND, Op
from gmert_pyg.parsing.python.flow.extractor import Extractor, visits
from gmert_pyg.parsing.python.flow.operators import operation


def bind(x: Extractor, target: ast.expr, value: int) -> None:
    """Bind a target to a value.

    Args:
        x: the pass.
        target: the expression that is bound.
        value: the node of the value, or -1 if nothing is known of it.
    """
    if isinstance(target, ast.Name):
        x.write(target.id, value)
    elif isinstance(target, ast.Attribute):
        base = x.visit(target.value)
        if base >= 0 and value >= 0:
            name = x.emitter.text(target.attr)
            x.emitter.emit(Op.SET_ATTRIBUTE, base, name, value)
        _remember(x, target, value)
    elif isinstance(target, ast.Subscript):
        _bind_item(x, target, value)
    elif isinstance(target, (ast.Tuple, ast.List)):
        _unpack(x, target.elts, value)
    elif isinstance(target, ast.Starred):
        bind(x, target.value, value)
    else:
        x.visit(target)


def _bind_item(x: Extractor, target: ast.Subscript, value: int) -> None:
    base = x.visit(target.value)
    if isinstance(target.slice, ast.Slice):
        x.visit(target.slice)
        if base >= 0 and value >= 0:
            x.emitter.emit(Op.EXTEND, base, value)
        return
    kind, key = x.key(target.slice)
    if base >= 0:
        operands = (kind, key, value, x.site(None))
        x.emitter.emit(Op.SET_ITEM, base, *operands)
    _remember(x, target, value)


def _remember(
    x: Extractor, target: ast.Attribute | ast.Subscript, value: int
) -> None:
    path = x.path(target)
    if path is not None and value >= 0:
        x.environment.store(path, value)
    else:
        x.environment.paths = {}


def _unpack(x: Extractor, targets: list[ast.expr], value: int) -> None:
    if value < 0:
        for target in targets:
            bind(x, target, value)
        return
    starred = [isinstance(target, ast.Starred) for target in targets]
    star = starred.index(True) if True in starred else len(targets)
    after = len(targets) - star - 1
    found = []
    site = x.site(None)
    for position in range(len(targets)):
        node = x.emitter.node()
        if position == star:
            stop = -after if after else NO_BOUND
            x.emitter.emit(Op.SLICE, value, position, stop, node)
        else:
            index = position - len(targets) if position > star else position
            key = x.emitter.text(f"i{index}")
            x.emitter.emit(Op.UNPACK, value, key, node, site)
        found.append(node)
    for target, node in zip(targets, found, strict=True):
        bind(x, target, node)


@visits("Assign")
def visit_assign(x: Extractor, node: ast.Assign) -> None:
    """`a = b = value`."""
    first = node.targets[0]
    if len(node.targets) == 1 and _pairwise(first, node.value):
        bind_pairs(x, first, node.value)
        return
    value = x.visit(node.value)
    for target in node.targets:
        bind(x, target, value)


def _pairwise(target: ast.expr, value: ast.expr) -> bool:
    return (
        isinstance(target, (ast.Tuple, ast.List))
        and isinstance(value, (ast.Tuple, ast.List))
        and len(target.elts) == len(value.elts)
        and not any(
            isinstance(part, ast.Starred)
            for part in (*target.elts, *value.elts)
        )
    )


def bind_pairs(x: Extractor, target: ast.expr, value: ast.expr) -> None:
    """`a, (b, c) = x, (y, z)`: all values are taken before any is bound."""
    pairs: list[tuple[ast.expr, int]] = []
    todo = [(target, value)]
    while todo:
        target, value = todo.pop(0)
        if _pairwise(target, value):
            assert isinstance(target, (ast.Tuple, ast.List))
            assert isinstance(value, (ast.Tuple, ast.List))
            todo = [*zip(target.elts, value.elts, strict=True), *todo]
        else:
            pairs.append((target, x.visit(value)))
    for target, node in pairs:
        bind(x, target, node)


@visits("AnnAssign")
def visit_annotated(x: Extractor, node: ast.AnnAssign) -> None:
    """`a: T = value`."""
    if node.value is not None:
        bind(x, node.target, x.visit(node.value))


@visits("AugAssign")
def visit_augmented(x: Extractor, node: ast.AugAssign) -> None:
    """`a += value`: lists are changed in place."""
    value = x.visit(node.value)
    if isinstance(node.target, ast.Name):
        known = x.read(node.target.id)
        if known >= 0 and value >= 0 and isinstance(node.op, ast.Add):
            x.emitter.emit(Op.EXTEND, known, value)
        x.write(node.target.id, operation(x, node.op, known, value))
        return
    load: ast.expr = node.target
    known = x.visit(load)
    if known >= 0 and value >= 0 and isinstance(node.op, ast.Add):
        x.emitter.emit(Op.EXTEND, known, value)
    bind(x, node.target, operation(x, node.op, known, value))


@visits("Delete")
def visit_delete(x: Extractor, node: ast.Delete) -> None:
    """`del target`: the name keeps its values, for code elsewhere."""
    for target in node.targets:
        if isinstance(target, (ast.Attribute, ast.Subscript)):
            x.visit(target.value)
    x.environment.paths = {}
