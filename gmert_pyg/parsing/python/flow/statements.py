"""Constraints of statements: control flow, imports, exceptions."""

from __future__ import annotations

import ast

from gmert_pyg.parsing.flow import NOTHING, Op
from gmert_pyg.parsing.python.flow.definitions import give_back
from gmert_pyg.parsing.python.flow.displays import iterate
from gmert_pyg.parsing.python.flow.environment import State
from gmert_pyg.parsing.python.flow.extractor import Extractor, visits
from gmert_pyg.parsing.python.flow.names import bound_names
from gmert_pyg.parsing.python.flow.targets import bind
from gmert_pyg.parsing.python.syntax import absolute_module


@visits("If")
def visit_if(x: Extractor, node: ast.If) -> None:
    """`if` with its `elif` branches, which the tree nests."""
    environment = x.environment
    ends: list[State] = []
    orelse: list[ast.stmt] = [node]
    while len(orelse) == 1 and isinstance(orelse[0], ast.If):
        branch = orelse[0]
        x.visit(branch.test)
        before = environment.state()
        environment.resume(before)
        x.visit_all(branch.body)
        ends.append(environment.state())
        environment.resume(before)
        orelse = branch.orelse
    x.visit_all(orelse)
    environment.join([*ends, environment.state()])


@visits("For", "AsyncFor")
def visit_for(x: Extractor, node: ast.For | ast.AsyncFor) -> None:
    """`for target in iterable`."""
    element = iterate(x, node.iter)
    x.environment.start_loop(x.bound_keys([node.target, *node.body]))
    bind(x, node.target, element)
    x.visit_all(node.body)
    x.environment.end_loop()
    x.visit_all(node.orelse)


@visits("While")
def visit_while(x: Extractor, node: ast.While) -> None:
    """`while test`."""
    x.environment.start_loop(x.bound_keys([node.test, *node.body]))
    x.visit(node.test)
    x.visit_all(node.body)
    endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
    x.environment.end_loop(endless)
    x.visit_all(node.orelse)


@visits("Break")
def visit_break(x: Extractor, node: ast.Break) -> None:
    """`break`: names leave the loop with what they are bound to."""
    x.environment.break_out()


@visits("Continue")
def visit_continue(x: Extractor, node: ast.Continue) -> None:
    """`continue`: names go round with what they are bound to."""
    x.environment.go_round()


@visits("Return")
def visit_return(x: Extractor, node: ast.Return) -> None:
    """`return value`."""
    if node.value is not None:
        give_back(x, x.visit(node.value))
    x.environment.dead = True


@visits("Raise")
def visit_raise(x: Extractor, node: ast.Raise) -> None:
    """`raise E` makes an `E`."""
    for part in (node.exc, node.cause):
        value = x.visit(part)
        if value >= 0 and isinstance(part, (ast.Name, ast.Attribute)):
            x.emitter.emit(Op.RAISE, value, x.site(part))
    x.environment.dead = True


@visits("Try", "TryStar")
def visit_try(x: Extractor, node: ast.Try) -> None:
    """`try`: a handler may find names as any statement of the body left."""
    environment = x.environment
    keys = x.bound_keys(node.body)
    before = environment.state()
    environment.resume(before)
    environment.start_try(keys)
    x.visit_all(node.body)
    nodes = environment.end_try()
    x.visit_all(node.orelse)
    ends = [environment.state()]
    raised = State({**before.names, **nodes}, {}, before.dead)
    for handler in node.handlers:
        environment.resume(raised)
        _handle(x, handler)
        ends.append(environment.state())
    if node.finalbody and all(end.dead for end in ends):
        ends.append(raised)
    environment.join(ends)
    x.visit_all(node.finalbody)


def _handle(x: Extractor, node: ast.ExceptHandler) -> None:
    value = x.visit(node.type)
    if node.name is not None:
        caught = NOTHING
        if value >= 0:
            caught = x.emitter.node()
            x.emitter.emit(Op.CATCH, value, caught)
        x.write(node.name, caught)
    x.visit_all(node.body)


@visits("With", "AsyncWith")
def visit_with(x: Extractor, node: ast.With | ast.AsyncWith) -> None:
    """`with manager as target`."""
    for item in node.items:
        manager = x.visit(item.context_expr)
        entered = NOTHING
        if manager >= 0:
            entered = x.emitter.node()
            x.emitter.emit(Op.ENTER, manager, entered, x.site(None))
        if item.optional_vars is not None:
            bind(x, item.optional_vars, entered)
    x.visit_all(node.body)


@visits("Match")
def visit_match(x: Extractor, node: ast.Match) -> None:
    """`match`: a capture may be the subject, or a part that is not tracked."""
    environment = x.environment
    subject = x.visit(node.subject)
    before = environment.state()
    ends = [before]
    for case in node.cases:
        environment.resume(before)
        whole = isinstance(case.pattern, ast.MatchAs)
        for name in bound_names([case.pattern]):
            x.write(name, subject if whole else NOTHING)
        x.visit(case.guard)
        x.visit_all(case.body)
        ends.append(environment.state())
    environment.join(ends)


@visits("Import")
def visit_import(x: Extractor, node: ast.Import) -> None:
    """`import a.b` binds `a`; `import a.b as c` binds `c` to `a.b`."""
    for alias in node.names:
        name = alias.asname or alias.name.partition(".")[0]
        module = alias.name if alias.asname else name
        x.write(name, _imported(x, module, NOTHING))


@visits("ImportFrom")
def visit_import_from(x: Extractor, node: ast.ImportFrom) -> None:
    """`from a import b as c`."""
    module = absolute_module(node, x.package)
    for alias in node.names:
        if alias.name != "*":
            value = _imported(x, module, x.emitter.text(alias.name))
            x.write(alias.asname or alias.name, value)


def _imported(x: Extractor, module: str, name: int) -> int:
    node = x.emitter.node()
    x.emitter.emit(Op.IMPORT, node, x.emitter.path(module), name)
    return node


@visits("Expr")
def visit_expression(x: Extractor, node: ast.Expr) -> None:
    """An expression whose value is not used; documentation moves none."""
    if not isinstance(node.value, ast.Constant):
        x.visit(node.value)


@visits("Global", "Nonlocal", "Pass", "TypeAlias")
def visit_nothing(x: Extractor, node: ast.stmt) -> None:
    """Statements that move no value."""
