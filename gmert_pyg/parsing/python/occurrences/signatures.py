"""The parameters of the functions that a file calls."""

from __future__ import annotations

import ast
from bisect import bisect_left
from typing import NamedTuple

from gmert_pyg.parsing.columns import MentionTable
from gmert_pyg.parsing.python.occurrences.positions import (
    NO_PLACE,
    Positions,
)
from gmert_pyg.parsing.python.scopes import Scope
from gmert_pyg.parsing.python.syntax import Function

MAX_BASES = 16
"""A method is looked for in no more classes than this."""


class Signature(NamedTuple):
    """The places of the parameters that the arguments of a call can bind.

    Args:
        positional: those that are bound by position, in order.
        named: those that are bound by name.
        rest: the one that further positional arguments go to.
        named_rest: the one that further keyword arguments go to; of both,
            `NO_PLACE` if there is none.
    """

    positional: list[int]
    named: dict[str, int]
    rest: int
    named_rest: int


class Signatures:
    """Finds the parameters of the functions that a file defines and calls.

    Args:
        scopes: the scopes of the file, by the node that opens them.
        positions: the places of its names.
        mentions: its identifiers, with the paths that they stand for.
    """

    def __init__(
        self,
        scopes: dict[ast.AST, Scope],
        positions: Positions,
        mentions: MentionTable,
    ) -> None:
        self._positions = positions
        self._mentions = mentions
        self._functions: dict[str, Function] = {}
        self._classes: dict[str, ast.ClassDef] = {}
        self._known: dict[tuple[str, bool], Signature | None] = {}
        for node, scope in scopes.items():
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._functions[scope.qualname] = node
            elif isinstance(node, ast.ClassDef):
                self._classes[scope.qualname] = node

    def of_call(self, func: ast.expr) -> Signature | None:
        """Return what a call binds its arguments to, if that is known."""
        path = self._path(func)
        if path is None:
            return None
        # Of `C.method(obj)`, `obj` is what `self` binds.
        bound = not (
            isinstance(func, ast.Attribute)
            and self._path(func.value) in self._classes
        )
        key = (path, bound)
        if key not in self._known:
            self._known[key] = self._find(path, bound)
        return self._known[key]

    def _path(self, node: ast.expr) -> str | None:
        """Return the path of what a name or an attribute mentions."""
        if isinstance(node, ast.Name):
            place = self._positions.name(node)
        elif isinstance(node, ast.Attribute):
            place = self._positions.attribute(node)
        else:
            return None
        mentions = self._mentions
        number = bisect_left(mentions.start, place)
        if number == len(mentions) or mentions.start[number] != place:
            return None
        return mentions.paths[mentions.target[number]]

    def _find(self, path: str, bound: bool) -> Signature | None:
        path = self._received_class(path) or path
        if path in self._classes:
            path = f"{path}.__init__"
        found = self._inherited(path)
        if found is None:
            return None
        function, skipped = self._functions[found], 0
        if found.rpartition(".")[0] in self._classes:
            names = _decorators(function)
            receives = "staticmethod" not in names
            skipped = int(receives and (bound or "classmethod" in names))
        return self._signature(function.args, skipped)

    def _received_class(self, path: str) -> str | None:
        """Return the class that `cls` of one of its class methods is."""
        method, _, name = path.rpartition(".")
        function = self._functions.get(method)
        if function is None or "classmethod" not in _decorators(function):
            return None
        first = [*function.args.posonlyargs, *function.args.args][:1]
        is_receiver = bool(first) and first[0].arg == name
        return method.rpartition(".")[0] if is_receiver else None

    def _inherited(self, path: str) -> str | None:
        """Return the function of a path, which a base class may define."""
        if path in self._functions:
            return path
        owner, _, name = path.rpartition(".")
        first = owner.removesuffix(".super()")
        todo, above = [first], first != owner
        for _ in range(MAX_BASES):
            if not todo:
                break
            owner = todo.pop(0)
            if f"{owner}.{name}" in self._functions and not above:
                return f"{owner}.{name}"
            above = False
            if owner in self._classes:
                bases = map(self._path, self._classes[owner].bases)
                todo += [base for base in bases if base is not None]
        return None

    def _signature(self, args: ast.arguments, skipped: int) -> Signature:
        first = [self._place(arg) for arg in args.posonlyargs]
        second = [self._place(arg) for arg in args.args]
        places = [*second, *(self._place(arg) for arg in args.kwonlyargs)]
        names = [arg.arg for arg in (*args.args, *args.kwonlyargs)]
        unnamed = max(skipped - len(first), 0)
        return Signature(
            [*first, *second][skipped:],
            dict(list(zip(names, places, strict=True))[unnamed:]),
            self._place(args.vararg),
            self._place(args.kwarg),
        )

    def _place(self, arg: ast.arg | None) -> int:
        if arg is None:
            return NO_PLACE
        return self._positions.at_start(arg, arg.arg)


def _decorators(function: Function) -> set[str]:
    return {d.id for d in function.decorator_list if isinstance(d, ast.Name)}
