"""Visitors of expressions: reads, calls, attributes, comprehensions."""

from __future__ import annotations

import ast

from gmert_pyg.parsing.python.assignments import bind
from gmert_pyg.parsing.python.scopes import BindingKind
from gmert_pyg.parsing.python.syntax import Comprehension, all_arguments
from gmert_pyg.parsing.python.walker import (
    Callee,
    Read,
    Value,
    Walker,
    handles,
)
from gmert_pyg.schema import EntityKind

_LITERALS = {
    ast.List: Value("builtins.list()", "literal"),
    ast.ListComp: Value("builtins.list()", "literal"),
    ast.Dict: Value("builtins.dict()", "literal"),
    ast.DictComp: Value("builtins.dict()", "literal"),
    ast.Set: Value("builtins.set()", "literal"),
    ast.SetComp: Value("builtins.set()", "literal"),
    ast.Tuple: Value("builtins.tuple()", "literal"),
    ast.JoinedStr: Value("builtins.str()", "literal"),
}
_CONSTANTS: dict[type, Value] = {
    kind: Value(f"builtins.{kind.__name__}()", "literal")
    for kind in (str, bytes, int, float, complex, bool)
}


@handles("Constant")
def visit_constant(walker: Walker, node: ast.Constant) -> Value | None:
    """A literal: an instance of its type; nothing is known of `None`."""
    return _CONSTANTS.get(node.value.__class__)


@handles("Name")
def visit_name(walker: Walker, node: ast.Name) -> Value | None:
    """A bare name: a mention, and a read where it is a variable."""
    path, binding, _ = walker.target(node.id)
    walker.recorder.mention(walker.spans.name(node), path)
    value = walker.value_of(node.id)
    if (
        binding is not None
        and binding.kind <= BindingKind.PARAMETER
        and not (value is not None and value.how == "receiver")
    ):
        walker.reads.append(Read(path, walker.depth))
    return value


@handles("Attribute")
def visit_attribute(walker: Walker, node: ast.Attribute) -> Value | None:
    """An attribute: resolved through what its receiver stands for."""
    value = walker.attribute_of(walker.visit(node.value), node.attr)
    path = value.path if value is not None else f"?.{node.attr}"
    walker.recorder.mention(walker.spans.attribute(node), path)
    if value is not None and value.how == "self" and not _method(walker, path):
        walker.reads.append(Read(path, walker.depth))
    return value


def _method(walker: Walker, path: str) -> bool:
    owner, _, name = path.rpartition(".")
    scope = walker.by_name.get(owner)
    binding = scope.names.get(name) if scope is not None else None
    return binding is not None and binding.kind >= BindingKind.FUNCTION


@handles("Call")
def visit_call(walker: Walker, node: ast.Call) -> Value | None:
    """A call: of whom, with what flowing into it, giving what."""
    callee, read = walker.read_by(node.func)
    if isinstance(node.func, ast.Name) and read:
        walker.reads.pop()  # the name of a callee is called, not read
    tail, span, how = callee_of(walker, node.func, callee)
    if tail is not None:
        walker.recorder.fact(walker.scope.owner, "calls", tail, span, how)
    walker.depth += 1
    first = len(walker.reads)
    walker.visit_all(node.args)
    for keyword in node.keywords:
        if keyword.arg is not None:
            name = walker.spans.at_start(keyword, keyword.arg)
            path = _parameter(walker, tail, keyword.arg)
            walker.recorder.mention(name, path)
        walker.visit(keyword.value)
    if tail is not None:
        direct = [r for r in walker.reads[first:] if r.depth == walker.depth]
        walker.flow(direct, tail, span, how)
    walker.depth -= 1
    walker.callee = tail, span, how
    if tail == "builtins.super" and not node.args:
        return _super(walker)
    return walker.called(callee)


def callee_of(walker: Walker, node: ast.expr, value: Value | None) -> Callee:
    """Return the path of a callee, its name's span and how it was found."""
    if isinstance(node, ast.Attribute):
        span = walker.spans.attribute(node)
        if value is None:
            return f"?.{node.attr}", span, "name"
        return value.path, span, value.how
    if not isinstance(node, ast.Name):
        return None, None, "name"
    span = walker.spans.name(node)
    path, binding, _ = walker.target(node.id)
    if binding is None or binding.kind > BindingKind.PARAMETER:
        how = value.how if value is not None else "name"
        return path, span, how
    if value is None:
        return path, span, "scope"
    how = "self" if value.how == "receiver" else "assigned"
    if not value.path.endswith("()"):
        return value.path, span, "scope" if value.path == path else how
    instance_of = walker.instance_class(value.path)
    if instance_of is not None and _method(walker, f"{instance_of}.__call__"):
        return f"{instance_of}.__call__", span, how
    return path, span, "scope"


def _parameter(walker: Walker, callee: str | None, name: str) -> str:
    if callee is None or callee[0] == "?":
        return f"?{name}"
    scope = walker.by_name.get(callee)
    if scope is not None and scope.kind == "function" and name in scope.names:
        return f"{callee}.{name}"
    return f"{callee}.={name}"


def _super(walker: Walker) -> Value | None:
    owner = walker.scope.owner.rpartition(".")[0]
    scope = walker.by_name.get(owner)
    if scope is None or scope.kind != "class":
        return None
    return Value(f"{owner}.super()", "super")


@handles("NamedExpr")
def visit_walrus(walker: Walker, node: ast.NamedExpr) -> Value | None:
    """`(name := value)`: an assignment inside an expression."""
    value, reads = walker.read_by(node.value)
    bind(walker, node.target, reads, value, node.value)
    return value


@handles("BinOp")
def visit_operation(walker: Walker, node: ast.BinOp) -> Value | None:
    """A chain of operators, without recursing along its left side."""
    left: ast.expr = node
    rights: list[ast.expr] = []
    while isinstance(left, ast.BinOp):
        rights.append(left.right)
        left = left.left
    value = walker.visit(left)
    for right in reversed(rights):
        walker.visit(right)
    # Whatever is added to a string, or formatted by it, is a string.
    return value if value == _CONSTANTS[str] else None


@handles("IfExp")
def visit_choice(walker: Walker, node: ast.IfExp) -> Value | None:
    """`a if test else b`: known if both sides agree."""
    body = walker.visit(node.body)
    walker.visit(node.test)
    orelse = walker.visit(node.orelse)
    return body if body == orelse or _is_none(node.orelse) else None


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


@handles("List", "Tuple", "Set", "Dict")
def visit_display(walker: Walker, node: ast.expr) -> Value | None:
    """A display: a literal of its type."""
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            walker.visit_all((key, value))
    elif isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        walker.visit_all(node.elts)
    return _LITERALS[type(node)]


@handles("JoinedStr")
def visit_fstring(walker: Walker, node: ast.JoinedStr) -> Value | None:
    """An f-string; on Python 3.11 its names are searched for in the text."""
    entered = walker.spans.enter_string(node)
    walker.visit_all(node.values)
    if entered:
        walker.spans.leave_string()
    return _LITERALS[ast.JoinedStr]


@handles("ListComp", "SetComp", "DictComp", "GeneratorExp")
def visit_comprehension(walker: Walker, node: Comprehension) -> Value | None:
    """A comprehension: its targets are bound in a scope of their own."""
    outer = walker.scope
    for generator in node.generators:
        _, reads = walker.read_by(generator.iter)
        walker.scope = walker.scopes[node]
        bind(walker, generator.target, reads, None, None)
        walker.visit_all(generator.ifs)
    if isinstance(node, ast.DictComp):
        walker.visit_all((node.key, node.value))
    else:
        walker.visit(node.elt)
    walker.scope = outer
    return _LITERALS.get(type(node))


@handles("Lambda")
def visit_lambda(walker: Walker, node: ast.Lambda) -> Value | None:
    """A lambda: its parameters are its own, its code is its owner's."""
    walker.visit_all((*node.args.defaults, *node.args.kw_defaults))
    outer, walker.scope = walker.scope, walker.scopes[node]
    for arg in all_arguments(node.args):
        path = f"{walker.scope.qualname}.{arg.arg}"
        span = walker.spans.at_start(arg, arg.arg)
        walker.recorder.mention(span, path)
        walker.recorder.entity(path, arg.arg, EntityKind.PARAMETER, span)
    walker.visit(node.body)
    walker.scope = outer
    return None


@handles("Yield", "YieldFrom")
def visit_yield(walker: Walker, node: ast.Yield | ast.YieldFrom) -> None:
    """`yield`: what the function returns is then a generator."""
    walker.yields = True
    if node.value is not None:
        walker.visit(node.value)
