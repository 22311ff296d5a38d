"""Functions, lambdas and classes."""

from __future__ import annotations

import ast
from collections.abc import Callable

from gmert_pyg.parsing.python.occurrences.targets import assign_name
from gmert_pyg.parsing.python.occurrences.tracer import Tracer, traces
from gmert_pyg.parsing.python.occurrences.variables import UNBOUND
from gmert_pyg.parsing.python.syntax import (
    Function,
    all_arguments,
    parameter_annotations,
)


@traces("FunctionDef", "AsyncFunctionDef")
def trace_function(tracer: Tracer, node: Function) -> int:
    """A function; its body waits until the code around it is done."""
    tracer.visit_all(node.decorator_list)
    _trace_defaults(tracer, node.args)
    outer = tracer.scope
    trace_type_parameters(tracer, node)
    tracer.visit_all(parameter_annotations(node.args))
    if node.returns is not None:
        tracer.visit(node.returns)
    tracer.scope = outer
    span = tracer.spans.header(node, node.name)[1]
    place = span[0] if span else UNBOUND
    assign_name(tracer, node.name, place)
    _wait(tracer, node, lambda: tracer.visit_body(node.body), place)
    return UNBOUND


@traces("Lambda")
def trace_lambda(tracer: Tracer, node: ast.Lambda) -> int:
    """A lambda: its defaults here, its body as a unit of its own."""
    _trace_defaults(tracer, node.args)
    _wait(tracer, node, lambda: tracer.visit(node.body), UNBOUND)
    return UNBOUND


@traces("ClassDef")
def trace_class(tracer: Tracer, node: ast.ClassDef) -> int:
    """A class; its body runs where it stands, before its name is bound."""
    tracer.visit_all(node.decorator_list)
    outer = tracer.scope
    trace_type_parameters(tracer, node)
    tracer.visit_all(node.bases)
    for keyword in node.keywords:
        tracer.visit(keyword.value)
    tracer.scope = tracer.scopes[node]
    tracer.visit_body(node.body)
    tracer.scope = outer
    span = tracer.spans.header(node, node.name)[1]
    assign_name(tracer, node.name, span[0] if span else UNBOUND)
    return UNBOUND


def trace_type_parameters(tracer: Tracer, node: ast.AST) -> None:
    """Enter the scope of `[T: bound]`, if there is one, and bind `T`."""
    params = getattr(node, "type_params", None) or []
    if params:
        tracer.scope = tracer.scopes[params[0]]
    for param in params:
        span = tracer.spans.type_parameter(param, param.name)
        assign_name(tracer, param.name, span[0] if span else UNBOUND)
        for name in ("bound", "default_value"):
            bound = getattr(param, name, None)
            if bound is not None:
                tracer.visit(bound)


def _trace_defaults(tracer: Tracer, args: ast.arguments) -> None:
    positional = [*args.posonlyargs, *args.args]
    with_default = positional[len(positional) - len(args.defaults) :]
    pairs = [
        *zip(with_default, args.defaults, strict=True),
        *zip(args.kwonlyargs, args.kw_defaults, strict=True),
    ]
    for arg, default in pairs:
        if default is not None:
            sources = tracer.uses_of(default)
            tracer.compute(tracer.positions.at_start(arg, arg.arg), sources)


def _wait(
    tracer: Tracer,
    node: Function | ast.Lambda,
    trace_body: Callable[[], object],
    definition: int,
) -> None:
    """Let a body wait; one that is come to again has been seen."""
    in_string = tracer.positions.in_string

    def run() -> None:
        tracer.positions.in_string = in_string
        tracer.enter_unit(tracer.scopes[node], definition)
        for arg in all_arguments(node.args):
            place = tracer.positions.at_start(arg, arg.arg)
            assign_name(tracer, arg.arg, place)
        trace_body()
        tracer.positions.in_string = False

    tracer.waiting.setdefault(node, run)
