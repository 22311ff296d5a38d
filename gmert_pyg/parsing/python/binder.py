"""First pass over a Python file: which scope binds which name."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from gmert_pyg.parsing.python.scopes import (
    Binding,
    BindingKind,
    OuterKind,
    Scope,
)
from gmert_pyg.parsing.python.syntax import (
    Comprehension,
    Function,
    absolute_module,
    all_arguments,
    children,
    parameter_annotations,
    parameter_defaults,
)


class Binder:
    """Collects the scopes of a file and the names each of them binds.

    Args:
        module: the dotted name of the file's module.
        package: the dotted name of the package that holds it.
    """

    def __init__(self, module: str, package: str) -> None:
        self.root = Scope("module", module, None, module)
        self.scopes: dict[ast.AST, Scope] = {}
        self.stars: list[str] = []
        self._package = package
        self._todo: list[tuple[ast.AST, Scope]] = []

    def run(self, tree: ast.Module) -> None:
        """Bind the names of a whole file."""
        self.scopes[tree] = self.root
        todo = self._todo
        self._push(tree.body, self.root)
        handlers = _HANDLERS
        while todo:
            node, scope = todo.pop()
            handler = handlers.get(node.__class__)
            if handler is not None:
                handler(self, node, scope)
            else:
                # Depth-first with an own stack: nesting cannot exhaust ours.
                for child in reversed(children(node)):
                    todo.append((child, scope))

    def _push(self, nodes: Any, scope: Scope) -> None:
        self._todo.extend(
            (node, scope) for node in reversed(nodes) if node is not None
        )

    def _name(self, node: ast.Name, scope: Scope) -> None:
        if not isinstance(node.ctx, ast.Load):
            if scope.kind == "comprehension":
                target = f"{scope.qualname}.{node.id}"
                scope.names[node.id] = Binding(BindingKind.VARIABLE, target)
            else:
                scope.bind(node.id, BindingKind.VARIABLE)

    def _walrus(self, node: ast.NamedExpr, scope: Scope) -> None:
        scope.bind(node.target.id, BindingKind.VARIABLE)
        self._push([node.value], scope)

    def _type_scope(self, node: Any, scope: Scope, qualname: str) -> Scope:
        params = getattr(node, "type_params", None)
        if not params:
            return scope
        inner = Scope("types", qualname, scope, scope.owner)
        for param in params:
            inner.bind(param.name, BindingKind.VARIABLE)
            self._push(children(param), inner)
        self.scopes[params[0]] = inner
        return inner

    def _function(self, node: Function, scope: Scope) -> None:
        scope.bind(node.name, BindingKind.FUNCTION)
        outer = _outer_names(node.body)
        qualname = f"{scope.home(node.name).qualname}.{node.name}"
        types = self._type_scope(node, scope, qualname)
        inner = Scope("function", qualname, types, qualname, outer=outer)
        self.scopes[node] = inner
        self._arguments(node.args, inner)
        # Reversed: what is pushed last is walked first.
        self._push(node.body, inner)
        self._push([*parameter_annotations(node.args), node.returns], types)
        self._push(
            [*node.decorator_list, *parameter_defaults(node.args)], scope
        )

    def _lambda(self, node: ast.Lambda, scope: Scope) -> None:
        inner = Scope(
            "lambda", _base(scope).child_name("lambda"), scope, scope.owner
        )
        self.scopes[node] = inner
        self._arguments(node.args, inner)
        self._push([node.body], inner)
        self._push(parameter_defaults(node.args), scope)

    def _arguments(self, args: ast.arguments, scope: Scope) -> None:
        for arg in all_arguments(args):
            scope.bind(arg.arg, BindingKind.PARAMETER)

    def _class(self, node: ast.ClassDef, scope: Scope) -> None:
        scope.bind(node.name, BindingKind.CLASS)
        qualname = f"{scope.home(node.name).qualname}.{node.name}"
        types = self._type_scope(node, scope, qualname)
        outer = _outer_names(node.body)
        inner = Scope("class", qualname, types, qualname, outer=outer)
        self.scopes[node] = inner
        self._push(node.body, inner)
        self._push([*node.bases, *node.keywords], types)
        self._push(node.decorator_list, scope)

    def _comprehension(self, node: Comprehension, scope: Scope) -> None:
        qualname = _base(scope).child_name("comp")
        inner = Scope("comprehension", qualname, scope, scope.owner)
        self.scopes[node] = inner
        first = node.generators[0]
        later = children(node)[: -len(node.generators)]
        self._push(later, inner)
        for generator in reversed(node.generators):
            self._push(generator.ifs, inner)
            self._push([generator.target], inner)
            self._push([generator.iter], scope if generator is first else inner)

    def _import(self, node: ast.Import, scope: Scope) -> None:
        for alias in node.names:
            if alias.asname:
                scope.bind(alias.asname, BindingKind.IMPORT, alias.name)
            else:
                first = alias.name.partition(".")[0]
                scope.bind(first, BindingKind.IMPORT, first)

    def _import_from(self, node: ast.ImportFrom, scope: Scope) -> None:
        module = absolute_module(node, self._package)
        for alias in node.names:
            if alias.name == "*":
                self.stars.append(module)
            else:
                target = f"{module}.{alias.name}" if module else alias.name
                scope.bind(
                    alias.asname or alias.name, BindingKind.IMPORT, target
                )

    def _named(self, node: Any, scope: Scope) -> None:
        name = node.rest if isinstance(node, ast.MatchMapping) else node.name
        if name:
            scope.bind(name, BindingKind.VARIABLE)
        self._push(children(node), scope)

    def _type_alias(self, node: Any, scope: Scope) -> None:
        scope.bind(node.name.id, BindingKind.VARIABLE)
        qualname = f"{scope.qualname}.{node.name.id}"
        self._push([node.value], self._type_scope(node, scope, qualname))


def _base(scope: Scope) -> Scope:
    while scope.kind == "comprehension" and scope.parent is not None:
        scope = scope.parent
    return scope


def _outer_names(body: list[ast.stmt]) -> dict[str, OuterKind]:
    # A declaration rules its whole scope, wherever in it the statement stands.
    found: dict[str, OuterKind] = {}
    todo: list[ast.AST] = list(body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Global):
            found.update((name, "global") for name in node.names)
        elif isinstance(node, ast.Nonlocal):
            found.update((name, "nonlocal") for name in node.names)
        elif isinstance(node, _BLOCKS):
            todo.extend(
                x for x in children(node) if not isinstance(x, ast.expr)
            )
    return found


_BLOCKS: tuple[type[ast.AST], ...] = (
    *(ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith),
    *(ast.Try, ast.TryStar, ast.ExceptHandler, ast.Match, ast.match_case),
)

_HANDLERS: dict[type[ast.AST], Callable[[Binder, Any, Scope], None]] = {
    ast.Name: Binder._name,
    ast.NamedExpr: Binder._walrus,
    ast.FunctionDef: Binder._function,
    ast.AsyncFunctionDef: Binder._function,
    ast.Lambda: Binder._lambda,
    ast.ClassDef: Binder._class,
    ast.ListComp: Binder._comprehension,
    ast.SetComp: Binder._comprehension,
    ast.DictComp: Binder._comprehension,
    ast.GeneratorExp: Binder._comprehension,
    ast.Import: Binder._import,
    ast.ImportFrom: Binder._import_from,
    ast.ExceptHandler: Binder._named,
    ast.MatchAs: Binder._named,
    ast.MatchStar: Binder._named,
    ast.MatchMapping: Binder._named,
}
if hasattr(ast, "TypeAlias"):
    _HANDLERS[ast.TypeAlias] = Binder._type_alias
for _leaf in (ast.Constant, ast.Pass, ast.Break, ast.Continue):
    _HANDLERS[_leaf] = lambda binder, node, scope: None
