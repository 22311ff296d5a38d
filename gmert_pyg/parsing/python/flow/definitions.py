"""Constraints of functions and classes."""

from __future__ import annotations

import ast

from gmert_pyg.parsing.flow import (
    NOTHING,
    Descriptor,
    Op,
    ParameterKind,
)
from gmert_pyg.parsing.python.flow.calls import call
from gmert_pyg.parsing.python.flow.extractor import Extractor, Frame, visits
from gmert_pyg.parsing.python.scopes import Scope
from gmert_pyg.parsing.python.syntax import Function

_DESCRIPTORS = {
    "staticmethod": Descriptor.STATIC,
    "classmethod": Descriptor.CLASS,
    "property": Descriptor.PROPERTY,
}
_OF_CLASS = ("__new__", "__init_subclass__", "__class_getitem__")


@visits("FunctionDef", "AsyncFunctionDef")
def visit_function(x: Extractor, node: Function) -> None:
    """A function; its body waits until the code around it is done."""
    inner = x.scopes.get(node)
    if inner is None:
        return
    decorators = [d for d in node.decorator_list if not _descriptor(x, d)]
    kind = next(
        (_descriptor(x, d) for d in node.decorator_list if _descriptor(x, d)),
        Descriptor.NONE,
    )
    held = [(x.visit(decorator), decorator) for decorator in decorators]
    in_class = x.scope.kind == "class" and inner.qualname.startswith(
        f"{x.scope.qualname}."
    )
    if in_class and node.name in _OF_CLASS:
        kind = Descriptor.STATIC if node.name == "__new__" else Descriptor.CLASS
    thing = _function(x, node, inner, in_class, kind)
    if _is_accessor(node):
        return
    value = _decorated(x, x.emitter.holding(thing), held)
    x.write(node.name, value)
    home = x.scope.lookup(node.name)[1]
    if kind and home is not None:
        x.descriptors[home, node.name] = kind


def _function(
    x: Extractor, node: Function, inner: Scope, in_class: bool, kind: int
) -> int:
    thing = x.emitter.object()
    frame = Frame(
        inner.qualname,
        x.emitter.node(),
        x.emitter.node(),
        receiver=NOTHING if in_class else x.frame.receiver,
        class_node=x.class_node if in_class else x.frame.class_node,
    )
    parameters = _parameters(x, node.args, inner, frame)
    if in_class and parameters:
        first = parameters[0]
        frame.receiver = first[2]
        x.emitter.emit(Op.METHOD_OF, thing, x.classes_open[-1], kind)
    x.bodies.append(
        lambda: _body(x, node.body, inner, frame, thing, parameters)
    )
    return thing


def _descriptor(x: Extractor, node: ast.expr) -> int:
    if x.is_builtin(node, *_DESCRIPTORS):
        return _DESCRIPTORS[node.id]  # type: ignore[attr-defined]
    name = getattr(node, "attr", getattr(node, "id", ""))
    if name in ("cached_property", "abstractproperty"):
        return Descriptor.PROPERTY
    return Descriptor.NONE


def _is_accessor(node: Function) -> bool:
    """Tell whether a function is the setter or deleter of a property."""
    return any(
        isinstance(decorator, ast.Attribute)
        and decorator.attr in ("setter", "deleter")
        and isinstance(decorator.value, ast.Name)
        and decorator.value.id == node.name
        for decorator in node.decorator_list
    )


def _decorated(
    x: Extractor, value: int, held: list[tuple[int, ast.expr]]
) -> int:
    for decorator, node in reversed(held):
        if decorator >= 0:
            value = call(x, decorator, value, x.site(node))
    return value


def _parameters(
    x: Extractor, args: ast.arguments, inner: Scope, frame: Frame
) -> list[tuple[str, int, int]]:
    """Return names, kinds and nodes; defaults are evaluated out here."""
    named = [*args.posonlyargs, *args.args]
    found = [
        (
            arg,
            ParameterKind.POSITIONAL
            if position < len(args.posonlyargs)
            else ParameterKind.NAMED,
        )
        for position, arg in enumerate(named)
    ]
    if args.vararg:
        found.append((args.vararg, ParameterKind.STAR))
    found += [(arg, ParameterKind.KEYWORD) for arg in args.kwonlyargs]
    if args.kwarg:
        found.append((args.kwarg, ParameterKind.DOUBLE_STAR))
    nodes = {arg: x.emitter.node() for arg, _ in found}
    last = named[len(named) - len(args.defaults) :]
    for arg, default in (
        *zip(last, args.defaults, strict=True),
        *zip(args.kwonlyargs, args.kw_defaults, strict=True),
    ):
        if default is not None:
            x.emitter.copy(x.visit(default), nodes[arg])
    frame.parameters = {
        nodes[arg]: position for position, (arg, _) in enumerate(found)
    }
    return [(arg.arg, int(kind), nodes[arg]) for arg, kind in found]


def _body(
    x: Extractor,
    body: list[ast.stmt] | ast.expr,
    inner: Scope,
    frame: Frame,
    thing: int,
    parameters: list[tuple[str, int, int]],
) -> None:
    outer = x.scope, x.frame, x.class_node
    saved = x.environment.enter()
    x.scope, x.frame = inner, frame
    for name, _, node in parameters:
        x.environment.write((inner, name), node)
    if isinstance(body, list):
        x.visit_all(body)
    else:
        give_back(x, x.visit(body))
    x.environment.leave(saved)
    x.scope, x.frame, x.class_node = outer
    operands = [
        part
        for name, kind, node in parameters
        for part in (x.emitter.text(name), kind, node)
    ]
    x.emitter.emit(
        Op.FUNCTION,
        thing,
        x.emitter.path(frame.caller),
        frame.result,
        frame.yields if frame.generates else NOTHING,
        len(parameters),
        *operands,
        len(frame.passed),
        *frame.passed,
    )


def give_back(x: Extractor, value: int) -> None:
    """State what the present function returns.

    A parameter that is returned as it is, is what the argument of that very
    call is, not what the arguments of all calls are.
    """
    position = x.frame.parameters.get(value)
    if position is None:
        x.emitter.copy(value, x.frame.result)
    elif position not in x.frame.passed:
        x.frame.passed.append(position)


@visits("Lambda")
def visit_lambda(x: Extractor, node: ast.Lambda) -> int:
    """A lambda."""
    inner = x.scopes.get(node)
    if inner is None:
        return NOTHING
    thing = x.emitter.object()
    frame = Frame(
        inner.qualname,
        x.emitter.node(),
        x.emitter.node(),
        receiver=x.frame.receiver,
        class_node=x.frame.class_node,
    )
    parameters = _parameters(x, node.args, inner, frame)
    x.bodies.append(
        lambda: _body(x, node.body, inner, frame, thing, parameters)
    )
    return x.emitter.holding(thing)


@visits("ClassDef")
def visit_class(x: Extractor, node: ast.ClassDef) -> None:
    """A class; its body runs where it stands, as code of what is around."""
    inner = x.scopes.get(node)
    if inner is None:
        return
    held = [(x.visit(d), d) for d in node.decorator_list]
    bases = [
        x.visit(base.value if isinstance(base, ast.Subscript) else base)
        for base in node.bases
    ]
    for keyword in node.keywords:
        x.visit(keyword.value)
    thing = x.emitter.object()
    value = x.emitter.holding(thing)
    outer = x.scope, x.class_node
    x.scope, x.class_node = inner, value
    x.classes_open.append(thing)
    x.visit_all(node.body)
    x.classes_open.pop()
    x.scope, x.class_node = outer
    found = [base for base in bases if base >= 0]
    x.classes.append((thing, inner.qualname, found, inner))
    x.write(node.name, _decorated(x, value, held))
