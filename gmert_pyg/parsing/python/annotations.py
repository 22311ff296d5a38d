"""Annotations: the type they state, as a path or as normalised text."""

from __future__ import annotations

import ast
from typing import NamedTuple

from gmert_pyg.parsing.python.spans import Span
from gmert_pyg.parsing.python.walker import Value, Walker

_WRAPPERS = frozenset({"Optional", "Annotated", "Final", "ClassVar"})
_NO_CLASSES = frozenset({"Callable", "Literal"})
_SAME_AS = {
    f"typing.{name.capitalize()}": f"builtins.{name}"
    for name in ("list", "dict", "set", "tuple", "type")
}
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
        tail = value.path
        if tail.endswith("()") and isinstance(stated, ast.Name):
            tail = walker.target(stated.id)[0]  # a type variable, say
        return Annotation(tail, span, _instance(value))
    inner = _unwrap(stated)
    if isinstance(inner, ast.Subscript):
        of_class = resolve(walker, _unwrap(inner.slice))
        instance = of_class and Value(of_class.path, "annotation")
    else:
        instance = _instance(resolve(walker, inner))
    return Annotation(f"type:{_text(stated)}", span, instance)


def record_annotation(
    walker: Walker, path: str, relation: str, note: Annotation
) -> None:
    """Record what an annotation states of a name or of a function.

    Args:
        walker: the pass.
        path: the path of the name or the function.
        relation: `has_type`, or `returns` for a function.
        note: the annotation.
    """
    walker.recorder.fact(path, relation, note.tail, note.span, "annotation")
    if note.tail.startswith("type:") and note.instance is not None:
        walker.recorder.held.setdefault(path, note.instance.path)


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
    path = _SAME_AS.get(value.path, value.path)
    return Value(f"{path}()", "annotation")


def _unwrap(node: ast.expr) -> ast.expr | None:
    """Return `X` of `X | None`, `Optional[X]` and the like.

    Of `type[X]` it is the whole: no instance of a class `type`, but `X` itself.
    """
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _only([node.left, node.right])
    if isinstance(node, ast.Subscript):
        name = node.value
        last = name.attr if isinstance(name, ast.Attribute) else ""
        last = name.id if isinstance(name, ast.Name) else last
        inner = node.slice
        parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        if last == "Union":
            return _only(parts)
        if last in ("type", "Type"):
            return node
        if last in _NO_CLASSES:
            return None
        # `list[int]` is a `list`.
        return _unwrap(parts[0]) if last in _WRAPPERS and parts else name
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        parsed = _parse(node.value)
        return parsed if isinstance(parsed, (ast.Name, ast.Attribute)) else None
    return node


def _only(parts: list[ast.expr]) -> ast.expr | None:
    """Return the one part of a union that is not `None`, unwrapped."""
    found = [
        part
        for part in parts
        if not (isinstance(part, ast.Constant) and part.value is None)
    ]
    return _unwrap(found[0]) if len(found) == 1 else None


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
