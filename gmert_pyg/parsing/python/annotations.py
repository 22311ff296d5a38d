"""Annotations: the type they state, as a path or as normalised text."""

from __future__ import annotations

import ast
from typing import NamedTuple

from gmert_pyg.parsing.python.spans import Span
from gmert_pyg.parsing.python.walker import Value, Walker

_WRAPPERS = frozenset({"Optional", "Annotated", "Final", "ClassVar"})
_MAX_CHARS = 200


class Annotation(NamedTuple):
    """What an annotation states.

    Args:
        tail: the path of a plain name, or `type:` and the text.
        span: the characters that state it.
        instance: what a value of this type stands for, if that is known.
    """

    tail: str
    span: Span | None
    instance: Value | None


def read_annotation(walker: Walker, node: ast.expr) -> Annotation:
    """Visit an annotation and return the type it states."""
    first = len(walker.reads)
    value = walker.visit(node)
    del walker.reads[first:]
    span: Span | None = (walker.spans.offset(node), walker.spans.end(node))
    stated = node
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        stated = _parse(node.value) or node
        value = resolve(walker, stated)
    elif isinstance(node, ast.Name):
        span = walker.spans.name(node)
    elif isinstance(node, ast.Attribute):
        span = walker.spans.attribute(node)
    if isinstance(stated, (ast.Name, ast.Attribute)) and value is not None:
        tail = walker.instance_class(value.path) or value.path
        return Annotation(tail, span, _instance(value))
    inner = resolve(walker, _unwrap(stated))
    return Annotation(f"type:{_text(stated)}", span, _instance(inner))


def resolve(walker: Walker, node: ast.AST | None) -> Value | None:
    """Return the value of a dotted name that is not part of the text."""
    if isinstance(node, ast.Name):
        return walker.value_of(node.id)
    if isinstance(node, ast.Attribute):
        return walker.attribute_of(resolve(walker, node.value), node.attr)
    return None


def _instance(value: Value | None) -> Value | None:
    if value is None or value.path.endswith("()"):
        return None
    return Value(f"{value.path}()", "annotation")


def _unwrap(node: ast.expr) -> ast.expr | None:
    """Return `X` of `X | None`, `Optional[X]` and the like."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        sides = [
            side
            for side in (node.left, node.right)
            if not (isinstance(side, ast.Constant) and side.value is None)
        ]
        return _unwrap(sides[0]) if len(sides) == 1 else None
    if isinstance(node, ast.Subscript):
        name = node.value
        last = name.attr if isinstance(name, ast.Attribute) else ""
        last = name.id if isinstance(name, ast.Name) else last
        if last not in _WRAPPERS:
            return name  # `list[int]` is a `list`
        inner = node.slice
        return _unwrap(inner.elts[0] if isinstance(inner, ast.Tuple) else inner)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        parsed = _parse(node.value)
        return parsed if isinstance(parsed, (ast.Name, ast.Attribute)) else None
    return node


def _parse(text: str) -> ast.expr | None:
    if len(text) > _MAX_CHARS:
        return None
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return " ".join(node.value.split())[:_MAX_CHARS]
    try:
        return ast.unparse(node)[:_MAX_CHARS]
    except RecursionError:
        return "..."
