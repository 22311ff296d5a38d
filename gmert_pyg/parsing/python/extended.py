"""Facts of the extended schema: decorators, exceptions, awaits, documents."""

from __future__ import annotations

import ast
import re
from typing import NamedTuple

from gmert_pyg.parsing.python.expressions import callee_of
from gmert_pyg.parsing.python.spans import Span
from gmert_pyg.parsing.python.walker import Callee, Value, Walker, handles

_MAX_CHARS = 200
# A point that a small letter follows abbreviates a word, most of the time.
_SENTENCE_END = re.compile(r"[.!?](?=\s+[^a-z\s]|\s*\Z)|\n[ \t]*\n")


class Decorator(NamedTuple):
    """The path of a decorator, its name's span and how it was found."""

    path: str
    span: Span | None
    how: str


def read_decorators(
    walker: Walker, decorators: list[ast.expr]
) -> list[Decorator]:
    """Visit decorators; return those that are named."""
    found = []
    for node in decorators:
        value = walker.visit(node)
        path, span, how = _callee(walker, node, value)
        if path is not None:
            found.append(Decorator(path, span, how))
    return found


def decorate(
    walker: Walker, qualname: str, decorators: list[Decorator]
) -> None:
    """State which decorators a definition has."""
    for path, span, how in decorators:
        walker.recorder.fact(qualname, "decorated_by", path, span, how)


def _callee(walker: Walker, node: ast.expr, value: Value | None) -> Callee:
    if isinstance(node, ast.Call):
        return walker.callee
    return callee_of(walker, node, value)


@handles("Raise")
def visit_raise(walker: Walker, node: ast.Raise) -> None:
    """`raise E(...)`, `raise E` or `raise e` for a variable of known type."""
    if node.exc is None:
        return
    value = walker.visit(node.exc)
    path, span, how = _callee(walker, node.exc, value)
    if isinstance(node.exc, ast.Call):
        path = f"{path}()" if path is not None else None
    elif value is not None and value.path.endswith("()"):
        path, how = value.path, value.how
    if path is not None:
        walker.recorder.fact(walker.scope.owner, "raises", path, span, how)
    if node.cause is not None:
        walker.visit(node.cause)


@handles("Await")
def visit_await(walker: Walker, node: ast.Await) -> None:
    """`await f(...)`; a task that a variable holds was called elsewhere."""
    walker.visit(node.value)
    if isinstance(node.value, ast.Call):
        path, span, how = walker.callee
        if path is not None:
            walker.recorder.fact(walker.scope.owner, "awaits", path, span, how)


def document(walker: Walker, qualname: str, body: list[ast.stmt]) -> None:
    """State the first sentence of the docstring of a body, if it has one."""
    if not body or not isinstance(body[0], ast.Expr):
        return
    node = body[0].value
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return
    text = node.value.strip()
    if not text:
        return
    end_of_first = _SENTENCE_END.search(text)
    written = text[: end_of_first.end()].rstrip() if end_of_first else text
    sentence = " ".join(written.split())[:_MAX_CHARS]
    start, end = walker.spans.offset(node), walker.spans.end(node)
    # An escape, or text that is joined of several strings, is not found.
    place = walker.spans.text.find(written, start, end)
    span = (start, end) if place < 0 else (place, place + len(written))
    # A module may be named after a file with spaces in its name.
    tail = f"doc:{qualname}\n{sentence}"
    walker.recorder.fact(qualname, "documented_by", tail, span, "scope")
