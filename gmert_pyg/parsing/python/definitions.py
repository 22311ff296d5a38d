"""Visitors of functions and classes."""

from __future__ import annotations

import ast

from gmert_pyg.parsing.facts import Definition
from gmert_pyg.parsing.python.annotations import (
    read_annotation,
    record_annotation,
    resolve,
)
from gmert_pyg.parsing.python.expressions import callee_of
from gmert_pyg.parsing.python.extended import (
    decorate,
    document,
    read_decorators,
)
from gmert_pyg.parsing.python.scopes import Scope
from gmert_pyg.parsing.python.spans import Span
from gmert_pyg.parsing.python.syntax import Function, all_arguments
from gmert_pyg.parsing.python.walker import (
    Result,
    Value,
    Walker,
    handles,
)
from gmert_pyg.schema import EntityKind


@handles("FunctionDef", "AsyncFunctionDef")
def visit_function(walker: Walker, node: Function) -> None:
    """A function or method; its body waits until the outer one is done."""
    decorators = read_decorators(walker, node.decorator_list)
    outer, inner = walker.scope, walker.scopes[node]
    in_class = outer.kind == "class" and inner.qualname.startswith(
        f"{outer.qualname}."
    )
    kind = EntityKind.METHOD if in_class else EntityKind.FUNCTION
    span = _define(walker, node, kind, inner)
    decorate(walker, inner.qualname, decorators)
    document(walker, inner.qualname, node.body)
    defaults = _visit_defaults(walker, node.args)
    _visit_type_params(walker, node)
    receiver = _receiver(node, outer, in_class)
    stars = {node.args.vararg: "tuple", node.args.kwarg: "dict"}
    for position, arg in enumerate(all_arguments(node.args)):
        _visit_parameter(
            walker,
            inner,
            arg,
            receiver if not position else None,
            stars.get(arg),
        )
        for read in defaults.get(arg, ()):
            path = f"{inner.qualname}.{arg.arg}"
            place = walker.spans.at_start(arg, arg.arg)
            walker.recorder.fact(read, "flows_to", path, place, "scope")
    if node.returns is not None:
        note = read_annotation(walker, node.returns)
        record_annotation(walker, inner.qualname, "returns", note)
    walker.scope = outer
    walker.bodies.append(lambda: _visit_body(walker, node, inner, span))


def _visit_defaults(
    walker: Walker, args: ast.arguments
) -> dict[ast.arg, list[str]]:
    positional = [*args.posonlyargs, *args.args]
    with_default = positional[len(positional) - len(args.defaults) :]
    pairs = [
        *zip(with_default, args.defaults, strict=True),
        *zip(args.kwonlyargs, args.kw_defaults, strict=True),
    ]
    found = {}
    for arg, default in pairs:
        if default is not None:
            reads = walker.read_by(default)[1]
            found[arg] = [read.path for read in reads]
    return found


def _visit_type_params(walker: Walker, node: ast.AST) -> None:
    params = getattr(node, "type_params", None) or []
    if params:
        walker.scope = walker.scopes[params[0]]
    for param in params:
        walker.declare(
            param.name, walker.spans.type_parameter(param, param.name)
        )
        for name in ("bound", "default_value"):
            bound = getattr(param, name, None)
            if bound is not None:
                walker.visit(bound)


def _receiver(node: Function, outer: Scope, in_class: bool) -> Value | None:
    if not in_class or not (node.args.posonlyargs or node.args.args):
        return None
    decorators = {d.id for d in node.decorator_list if isinstance(d, ast.Name)}
    if "staticmethod" in decorators:
        return None
    of_class = "classmethod" in decorators or node.name in (
        "__new__",
        "__init_subclass__",
        "__class_getitem__",
    )
    return Value(outer.qualname + ("" if of_class else "()"), "receiver")


def _visit_parameter(
    walker: Walker,
    inner: Scope,
    arg: ast.arg,
    receiver: Value | None,
    star: str | None,
) -> None:
    path = f"{inner.qualname}.{arg.arg}"
    span = walker.spans.at_start(arg, arg.arg)
    walker.recorder.mention(span, path)
    walker.recorder.entity(path, arg.arg, EntityKind.PARAMETER, span)
    if receiver is not None:
        inner.types[arg.arg] = receiver
    else:
        walker.recorder.fact(
            inner.qualname, "has_parameter", path, span, "scope"
        )
    if arg.annotation is not None:
        note = read_annotation(walker, arg.annotation)
        record_annotation(walker, path, "has_type", note)
        if receiver is None and note.instance is not None:
            inner.types[arg.arg] = note.instance
    if star is not None:
        inner.types[arg.arg] = Value(f"builtins.{star}()", "literal")


def _visit_body(
    walker: Walker, node: Function, inner: Scope, span: Span | None
) -> None:
    walker.scope, walker.depth = inner, 0
    walker.results, walker.yields = [], False
    walker.reads.clear()
    walker.visit_all(node.body)
    results = walker.results
    if node.returns is not None or walker.yields or not results:
        return
    values = {result.value for result in results}
    value = results[0].value
    if len(values) != 1 or value is None or not value.path.endswith("()"):
        return
    if value.how not in ("constructor", "literal", "receiver"):
        return
    tail = walker.instance_class(value.path) or value.path
    how = "self" if value.how == "receiver" else value.how
    for result in results:
        where = span
        if isinstance(result.node, ast.Call):
            where = callee_of(walker, result.node.func, value)[1] or span
        walker.recorder.fact(inner.qualname, "returns", tail, where, how)


@handles("Return")
def visit_return(walker: Walker, node: ast.Return) -> None:
    """`return value`."""
    value = walker.visit(node.value) if node.value is not None else None
    walker.results.append(Result(value, node.value))


@handles("ClassDef")
def visit_class(walker: Walker, node: ast.ClassDef) -> None:
    """A class; its body runs where it stands."""
    decorators = read_decorators(walker, node.decorator_list)
    outer, inner = walker.scope, walker.scopes[node]
    _define(walker, node, EntityKind.CLASS, inner)
    decorate(walker, inner.qualname, decorators)
    document(walker, inner.qualname, node.body)
    _visit_type_params(walker, node)
    for base in node.bases:
        value = walker.visit(base)
        name = base
        if isinstance(base, ast.Subscript):
            name = base.value
            value = resolve(walker, name)
        if isinstance(name, (ast.Name, ast.Attribute)):
            tail, span, how = callee_of(walker, name, value)
            if tail is not None:
                walker.recorder.fact(
                    inner.qualname, "inherits", tail, span, how
                )
    for keyword in node.keywords:
        if keyword.arg is not None:
            walker.recorder.mention(
                walker.spans.at_start(keyword, keyword.arg), f"?{keyword.arg}"
            )
        walker.visit(keyword.value)
    results, walker.results = walker.results, []
    walker.scope = inner
    walker.visit_all(node.body)
    walker.scope, walker.results = outer, results


def _define(
    walker: Walker,
    node: Function | ast.ClassDef,
    kind: EntityKind,
    inner: Scope,
) -> Span | None:
    header, span = walker.spans.header(node, node.name)
    walker.recorder.mention(span, inner.qualname)
    outer = walker.scope
    if walker.recorder.entity(inner.qualname, node.name, kind, span):
        walker.recorder.fact(
            outer.owner, "contains", inner.qualname, span, "scope"
        )
    start = header
    if node.decorator_list:
        first = walker.spans.offset(node.decorator_list[0])
        start = walker.spans.text.rfind("@", 0, first)
    index = walker.spans.index
    end = walker.spans.end(node)
    body = node.body[0]
    body_start = walker.spans.offset(body)
    decorators = getattr(body, "decorator_list", None)
    if decorators:
        first = walker.spans.offset(decorators[0])
        body_start = walker.spans.text.rfind("@", 0, first)
    walker.recorder.definitions.append(
        Definition(
            inner.qualname,
            kind,
            start,
            end,
            index.line(start),
            index.line(end),
            header,
            body_start,
            outer.owner,
            _in_function(outer),
        )
    )
    return span


def _in_function(scope: Scope | None) -> bool:
    while scope is not None:
        if scope.kind in ("function", "lambda"):
            return True
        scope = scope.parent
    return False
