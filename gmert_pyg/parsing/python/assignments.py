"""Binding of targets: names, `self` attributes, items, unpacking."""

from __future__ import annotations

import ast

from gmert_pyg.parsing.python.annotations import (
    read_annotation,
    record_annotation,
)
from gmert_pyg.parsing.python.scopes import BindingKind
from gmert_pyg.parsing.python.spans import Span
from gmert_pyg.parsing.python.walker import Read, Value, Walker, handles

_LITERAL = (ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.JoinedStr)
_COMPREHENSION = (ast.ListComp, ast.DictComp, ast.SetComp)
_TYPED = (ast.Call, *_LITERAL, *_COMPREHENSION)


def bind(
    walker: Walker,
    target: ast.expr,
    reads: list[Read],
    value: Value | None,
    node: ast.expr | None,
) -> None:
    """Bind a target to a value.

    Args:
        walker: the pass.
        target: the expression that is bound.
        reads: what the value was computed from.
        value: what the value stands for, if known.
        node: the expression of the value, if this target takes all of it.
    """
    if isinstance(target, ast.Name):
        span = walker.spans.name(target)
        path = walker.declare(target.id, span)
        walker.flow(reads, path, span, "scope")
        binding, home = walker.scope.lookup(target.id)
        if binding is None or home is None:
            return
        if binding.kind > BindingKind.PARAMETER:
            return
        _remember(home.types, target.id, value)
        if home.kind in ("module", "class"):
            _alias(walker, path, value, node)
        _type(walker, path, value, node, span)
    elif isinstance(target, ast.Attribute):
        _bind_attribute(walker, target, reads, value, node)
    elif isinstance(target, (ast.Tuple, ast.List)):
        for element in target.elts:
            bind(walker, element, reads, None, None)
    elif isinstance(target, ast.Starred):
        bind(walker, target.value, reads, None, None)
    elif isinstance(target, ast.Subscript):
        base, _ = walker.read_by(target.value)
        walker.visit(target.slice)
        holder, span = _place(walker, target.value, base)
        if holder is not None:
            walker.flow(reads, holder, span, "scope")
    else:
        walker.visit(target)


def _bind_attribute(
    walker: Walker,
    target: ast.Attribute,
    reads: list[Read],
    value: Value | None,
    node: ast.expr | None,
) -> None:
    base = walker.visit(target.value)
    place = walker.attribute_of(base, target.attr)
    path = place.path if place is not None else f"?.{target.attr}"
    span = walker.spans.attribute(target)
    walker.recorder.mention(span, path)
    if place is None:
        owner, owner_span = _place(walker, target.value, base)
        if owner is not None:
            walker.flow(reads, owner, owner_span, "scope")
        return
    walker.flow(reads, path, span, place.how)
    if place.how == "self" and walker.field(path, target.attr, span):
        _alias(walker, path, value, node)
        _type(walker, path, value, node, span)


def _place(
    walker: Walker, node: ast.expr, value: Value | None
) -> tuple[str | None, Span | None]:
    if isinstance(node, ast.Name):
        path, binding, _ = walker.target(node.id)
        receiver = value is not None and value.how == "receiver"
        if binding is None or receiver:
            return None, None
        return path, walker.spans.name(node)
    if isinstance(node, ast.Attribute) and value is not None:
        return value.path, walker.spans.attribute(node)
    return None, None


def _remember(
    types: dict[str, tuple[str, str]], name: str, value: Value | None
) -> None:
    known = types.get(name)
    if known is not None and known[1] == "annotation":
        return
    if value is not None:
        types[name] = value
    else:
        types.pop(name, None)


def _alias(
    walker: Walker, path: str, value: Value | None, node: ast.expr | None
) -> None:
    if (
        value is not None
        and isinstance(node, (ast.Name, ast.Attribute))
        and not value.path.startswith(path)
    ):
        walker.recorder.assigned.setdefault(path, value.path)


def _type(
    walker: Walker,
    path: str,
    value: Value | None,
    node: ast.expr | None,
    span: Span | None,
) -> None:
    if value is None or not isinstance(node, _TYPED):
        return
    if not value.path.endswith("()") or value.path.endswith("super()"):
        return
    if isinstance(node, ast.Call):
        func = node.func
        if isinstance(func, ast.Attribute):
            span = walker.spans.attribute(func)
        elif isinstance(func, ast.Name):
            span = walker.spans.name(func)
    tail = walker.instance_class(value.path) or value.path
    walker.recorder.fact(path, "has_type", tail, span, value.how)


@handles("Assign")
def visit_assign(walker: Walker, node: ast.Assign) -> None:
    """`a = b = value`, and `a, b = x, y` pair by pair."""
    first = node.targets[0]
    if (
        len(node.targets) == 1
        and isinstance(first, (ast.Tuple, ast.List))
        and isinstance(node.value, (ast.Tuple, ast.List))
        and len(first.elts) == len(node.value.elts)
        and not any(
            isinstance(x, ast.Starred) for x in (*first.elts, *node.value.elts)
        )
    ):
        found = [walker.read_by(x) for x in node.value.elts]
        for target, (value, reads), part in zip(
            first.elts, found, node.value.elts, strict=True
        ):
            bind(walker, target, reads, value, part)
        return
    value, reads = walker.read_by(node.value)
    for target in node.targets:
        bind(walker, target, reads, value, node.value)


@handles("AugAssign")
def visit_augmented(walker: Walker, node: ast.AugAssign) -> None:
    """`a += value`: the value flows to what it is added to."""
    _, reads = walker.read_by(node.value)
    known = None
    if isinstance(node.target, ast.Name):
        known = walker.value_of(node.target.id)
    bind(walker, node.target, reads, known, None)


@handles("AnnAssign")
def visit_annotated(walker: Walker, node: ast.AnnAssign) -> None:
    """`a: T = value`: the annotation is the type of the target."""
    note = read_annotation(walker, node.annotation)
    value, reads = walker.read_by(node.value) if node.value else (None, [])
    bind(walker, node.target, reads, None, None)
    path: str | None = None
    if isinstance(node.target, ast.Name):
        path, binding, home = walker.target(node.target.id)
        if binding is None or binding.kind > BindingKind.PARAMETER:
            return
        known = note.instance or value
        if home is not None and known is not None:
            home.types[node.target.id] = known
    elif isinstance(node.target, ast.Attribute):
        base = None
        if isinstance(node.target.value, ast.Name):
            base = walker.value_of(node.target.value.id)
        place = walker.attribute_of(base, node.target.attr)
        if place is not None and place.how == "self":
            path = place.path
    if path is not None:
        record_annotation(walker, path, "has_type", note)
