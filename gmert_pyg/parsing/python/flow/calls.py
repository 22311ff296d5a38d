"""Constraints of calls."""

from __future__ import annotations

import ast
import warnings

from gmert_pyg.parsing.flow import NOTHING, ArgumentKind, CallMode, Op
from gmert_pyg.parsing.python.flow.expressions import known_place
from gmert_pyg.parsing.python.flow.extractor import Extractor, visits

_SCOPES = (
    *(ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef),
)


@visits("Call")
def visit_call(x: Extractor, node: ast.Call) -> int:
    """A call, of a method where its callee is an attribute."""
    func = node.func
    if x.is_builtin(func, "super"):
        return _super(x, node)
    if x.is_builtin(func, "eval", "exec") and node.args:
        _run_text(x, node.args[0])
    known = known_place(x, func) if isinstance(func, ast.Attribute) else None
    method = isinstance(func, ast.Attribute) and known is None
    if method:
        callee = x.visit(func.value)  # type: ignore[attr-defined]
    else:
        callee = x.visit(func) if known is None else known
    arguments = _arguments(x, node)
    builtin = isinstance(func, ast.Name) and x.scope.lookup(func.id)[0] is None
    if not builtin or func.id in ("setattr", "exec"):  # type: ignore[attr-defined]
        x.environment.paths = {}
    if callee < 0:
        return NOTHING
    result = x.emitter.node()
    operands = (CallMode.CALL, x.site(func), result, *arguments)
    if method:
        name = x.emitter.text(func.attr)  # type: ignore[attr-defined]
        x.emitter.emit(Op.METHOD, callee, name, *operands)
    else:
        x.emitter.emit(Op.CALL, callee, *operands)
    return result


def _arguments(x: Extractor, node: ast.Call) -> list[int]:
    pairs: list[int] = []
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            pairs += (ArgumentKind.STAR, x.visit(argument.value))
        else:
            pairs += (ArgumentKind.POSITIONAL, x.visit(argument))
    for keyword in node.keywords:
        value = x.visit(keyword.value)
        if keyword.arg is None:
            pairs += (ArgumentKind.DOUBLE_STAR, value)
        else:
            pairs += (x.emitter.text(keyword.arg), value)
    return [len(pairs) // 2, *pairs]


def _super(x: Extractor, node: ast.Call) -> int:
    if node.args:
        held = [x.visit(argument) for argument in node.args]
        class_node, receiver = held[0], held[1] if len(held) > 1 else NOTHING
    else:
        class_node, receiver = x.frame.class_node, x.frame.receiver
    result = x.emitter.node()
    x.emitter.emit(Op.SUPER, class_node, receiver, result, x.site(node.func))
    return result


def _run_text(x: Extractor, node: ast.expr) -> None:
    """Analyse code that is given as a literal where it is run."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(node.value.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    # The names of scopes that open in there were never bound.
    if any(isinstance(part, _SCOPES) for part in ast.walk(tree)):
        return
    x.placeless += 1
    x.visit_all(tree.body)
    x.placeless -= 1


def call(x: Extractor, callee: int, argument: int, site: int) -> int:
    """Return the node of what a decorator makes of its argument."""
    result = x.emitter.node()
    mode = CallMode.DECORATE
    pair = (ArgumentKind.POSITIONAL, argument)
    x.emitter.emit(Op.CALL, callee, mode, site, result, 1, *pair)
    return result
