"""Questions about syntax trees that both passes ask."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
Function = ast.FunctionDef | ast.AsyncFunctionDef

_LEAF_FIELDS = frozenset(
    {"ctx", "op", "ops", "id", "attr", "kind", "is_async", "level", "simple"}
    | {"conversion", "type_comment", "lineno", "type_ignores"}
)


def registers_in(
    visitors: dict[type[ast.AST], Any],
) -> Callable[..., Callable[[Any], Any]]:
    """Return a decorator that registers visitors in a table.

    It takes the names of node types, and passes over those that this Python
    does not know.

    Args:
        visitors: the visitor of each node type.
    """

    def of_types(*names: str) -> Callable[[Any], Any]:
        def register(visitor: Any) -> Any:
            for name in names:
                if hasattr(ast, name):
                    visitors[getattr(ast, name)] = visitor
            return visitor

        return register

    return of_types


def children(node: ast.AST) -> list[ast.AST]:
    """Return the children of a node that can hold names, in text order."""
    found: list[ast.AST] = []
    for name in node._fields:
        if name in _LEAF_FIELDS:
            continue
        value = getattr(node, name, None)
        if value.__class__ is list:
            found.extend(x for x in value if isinstance(x, ast.AST))
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def absolute_module(node: ast.ImportFrom, package: str) -> str:
    """Return the absolute name of the module that `from` imports from.

    Args:
        node: the import statement.
        package: the dotted name of the package that holds the file.
    """
    if not node.level:
        return node.module or ""
    parts = package.split(".") if package else []
    parts = parts[: len(parts) - (node.level - 1)] if node.level > 1 else parts
    return ".".join([*parts, *([node.module] if node.module else [])])


def all_arguments(args: ast.arguments) -> list[ast.arg]:
    """Return the parameters of a signature, in text order."""
    found = [*args.posonlyargs, *args.args]
    found += [args.vararg] if args.vararg else []
    found += args.kwonlyargs
    return found + ([args.kwarg] if args.kwarg else [])


def parameter_annotations(args: ast.arguments) -> list[ast.expr]:
    """Return the annotations of a signature's parameters."""
    return [a.annotation for a in all_arguments(args) if a.annotation]


def parameter_defaults(args: ast.arguments) -> list[ast.expr | None]:
    """Return the defaults of a signature's parameters."""
    return [*args.defaults, *args.kw_defaults]
