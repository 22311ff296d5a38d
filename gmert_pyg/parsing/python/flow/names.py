"""The names that statements bind in the scope they stand in."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from gmert_pyg.parsing.python.syntax import children

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_OTHER_SCOPES = (
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)


_TARGETS = (ast.Tuple, ast.List, ast.Starred)


def bound_names(nodes: Iterable[ast.AST], walrus: bool = True) -> list[str]:
    """Return the names that code binds, in the order of the text.

    Args:
        nodes: the code.
        walrus: whether `:=` may stand in it, and expressions are searched.
    """
    found: dict[str, None] = {}
    todo = list(nodes)[::-1]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                found[node.id] = None
        elif isinstance(node, _DEFINITIONS):
            found[node.name] = None
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                found[name] = None
        elif isinstance(node, ast.expr) and not walrus:
            if isinstance(node, _TARGETS):
                todo.extend(reversed(children(node)))
        elif not isinstance(node, _OTHER_SCOPES):
            if isinstance(
                node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)
            ):
                if node.name is not None:
                    found[node.name] = None
            elif isinstance(node, ast.MatchMapping) and node.rest is not None:
                found[node.rest] = None
            todo.extend(reversed(children(node)))
    return list(found)
