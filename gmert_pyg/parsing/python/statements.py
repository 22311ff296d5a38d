"""Visitors of statements that bind names: imports, loops, patterns."""

from __future__ import annotations

import ast
from typing import Any

from gmert_pyg.parsing.python.assignments import bind
from gmert_pyg.parsing.python.spans import Span
from gmert_pyg.parsing.python.syntax import absolute_module
from gmert_pyg.parsing.python.walker import Walker, handles


@handles("Import")
def visit_import(walker: Walker, node: ast.Import) -> None:
    """`import a.b as c`."""
    for alias in node.names:
        start = walker.spans.offset(alias)  # type: ignore[arg-type]
        last = _mention_module(walker, start, alias.name)
        module = walker.scope.module().qualname
        walker.recorder.fact(module, "imports", alias.name, last, "import")
        if alias.asname is not None:
            span = walker.spans.at_end(alias, alias.asname)
            walker.recorder.mention(span, alias.name)
            _alias(walker, alias.asname, alias.name)
        else:
            first = alias.name.partition(".")[0]
            _alias(walker, first, first)


@handles("ImportFrom")
def visit_import_from(walker: Walker, node: ast.ImportFrom) -> None:
    """`from a.b import c as d`."""
    source = absolute_module(node, walker.package)
    module = walker.scope.module().qualname
    last: Span | None = None
    if node.module:
        start = walker.spans.source_module(node)
        prefix = source[: len(source) - len(node.module)]
        last = _mention_module(walker, start, node.module, prefix)
    for alias in node.names:
        if alias.name == "*":
            walker.recorder.fact(module, "imports", source, last, "import")
            continue
        path = f"{source}.{alias.name}" if source else alias.name
        span = walker.spans.at_start(alias, alias.name)
        walker.recorder.mention(span, path)
        if source:  # `from . import x` where no package is known has no name
            place = last or span
            walker.recorder.fact(module, "imports", source, place, "import")
            walker.recorder.fact(path, "imported_from", source, place, "import")
        if alias.asname is not None:
            walker.recorder.mention(
                walker.spans.at_end(alias, alias.asname), path
            )
        _alias(walker, alias.asname or alias.name, path)


def _mention_module(
    walker: Walker, start: int, name: str, prefix: str = ""
) -> Span | None:
    path, last = prefix, None
    for part, span in walker.spans.dotted(start, name):
        path += part
        walker.recorder.mention(span, path)
        path += "."
        last = span
    return last


def _alias(walker: Walker, name: str, target: str) -> None:
    home = walker.scope.home(name)
    path = f"{home.qualname}.{name}"
    if home.kind in ("module", "class") and path != target:
        walker.recorder.aliases.setdefault(path, target)


@handles("Global", "Nonlocal")
def visit_outer(walker: Walker, node: ast.Global | ast.Nonlocal) -> None:
    """`global a, b` and `nonlocal a, b`."""
    for name, span in walker.spans.outer(node):
        walker.recorder.mention(span, walker.target(name)[0])


@handles("For", "AsyncFor")
def visit_for(walker: Walker, node: ast.For | ast.AsyncFor) -> None:
    """`for a in b`: what `b` is computed from flows to `a`."""
    _, reads = walker.read_by(node.iter)
    bind(walker, node.target, reads, None, None)
    walker.visit_all(node.body)
    walker.visit_all(node.orelse)


@handles("withitem")
def visit_with_item(walker: Walker, node: ast.withitem) -> None:
    """`with a as b`; most managers enter as themselves."""
    value, reads = walker.read_by(node.context_expr)
    if node.optional_vars is not None:
        bind(walker, node.optional_vars, reads, value, None)


@handles("If")
def visit_if(walker: Walker, node: ast.If) -> None:
    """`if` with its `elif` branches, which the tree nests."""
    while True:
        walker.visit(node.test)
        walker.visit_all(node.body)
        if len(node.orelse) != 1 or not isinstance(node.orelse[0], ast.If):
            break
        node = node.orelse[0]
    walker.visit_all(node.orelse)


@handles("ExceptHandler")
def visit_except(walker: Walker, node: ast.ExceptHandler) -> None:
    """`except E as e`: the type of `e` is `E`, if it is one name."""
    if node.type is not None:
        value = walker.visit(node.type)
        if node.name is not None:
            walker.declare(node.name, walker.spans.exception(node))
            home = walker.scope.lookup(node.name)[1]
            if home is not None and value is not None:
                known = walker.called(value)
                if known is not None:
                    home.types[node.name] = known
    walker.visit_all(node.body)


@handles("MatchAs", "MatchStar")
def visit_capture(walker: Walker, node: ast.MatchAs | ast.MatchStar) -> None:
    """`case pattern as name`, `case name` and `case [*name]`."""
    pattern = getattr(node, "pattern", None)
    if pattern is not None:
        walker.visit(pattern)
    if node.name is not None:
        walker.declare(node.name, walker.spans.at_end(node, node.name))


@handles("MatchMapping")
def visit_mapping(walker: Walker, node: ast.MatchMapping) -> None:
    """`case {key: pattern, **rest}`."""
    for key, pattern in zip(node.keys, node.patterns, strict=True):
        walker.visit_all((key, pattern))
    if node.rest is not None:
        walker.declare(node.rest, walker.spans.rest(node))


@handles("MatchClass")
def visit_class_pattern(walker: Walker, node: ast.MatchClass) -> None:
    """`case C(x, name=y)`: the keywords name attributes of `C`."""
    value = walker.visit(node.cls)
    walker.visit_all(node.patterns)
    for name, pattern in zip(node.kwd_attrs, node.kwd_patterns, strict=True):
        place = walker.attribute_of(value, name)
        walker.recorder.mention(
            walker.spans.pattern_keyword(node, pattern, name),
            place.path if place is not None else f"?.{name}",
        )
        walker.visit(pattern)


@handles("TypeAlias")
def visit_type_alias(walker: Walker, node: Any) -> None:
    """`type A[T] = ...`."""
    outer = walker.scope
    walker.declare(node.name.id, walker.spans.name(node.name))
    if node.type_params:
        walker.scope = walker.scopes[node.type_params[0]]
        for param in node.type_params:
            walker.declare(
                param.name, walker.spans.type_parameter(param, param.name)
            )
    walker.visit(node.value)
    walker.scope = outer
