"""Second pass over a Python file: the state that its visitors share."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from gmert_pyg.parsing.python.binder import Binder
from gmert_pyg.parsing.python.recorder import Recorder
from gmert_pyg.parsing.python.scopes import (
    BUILTIN_TYPES,
    BUILTINS,
    Binding,
    BindingKind,
    Scope,
)
from gmert_pyg.parsing.python.spans import Span, Spans
from gmert_pyg.parsing.python.syntax import children, registers_in
from gmert_pyg.schema import EntityKind

MAX_STEPS = 12
"""Paths longer than this many steps are not followed."""


class Value(NamedTuple):
    """What an expression stands for: a path, and how it was found."""

    path: str
    how: str


class Read(NamedTuple):
    """A variable that an expression reads, and how many calls enclose it."""

    path: str
    depth: int


class Result(NamedTuple):
    """What a `return` statement returns."""

    value: Value | None
    node: ast.expr | None


Callee = tuple[str | None, Span | None, str]
"""The path of a callee, its name's span and how it was found."""

Handler = Callable[["Walker", Any], Value | None]
HANDLERS: dict[type[ast.AST], Handler] = {}

_NEXT_HOW = {"receiver": "self", "self": "attribute", "super": "super"}

handles = registers_in(HANDLERS)


class Walker:
    """Walks a file in text order, function bodies last, and records facts.

    Args:
        spans: the positions of the file.
        binder: its scopes, from the first pass.
        package: the dotted name of the package that holds the file.
    """

    def __init__(self, spans: Spans, binder: Binder, package: str) -> None:
        self.spans = spans
        self.recorder = Recorder(spans.index)
        self.scopes = binder.scopes
        self.stars = binder.stars
        self.package = package
        self.scope = binder.root
        self.by_name = {
            scope.qualname: scope
            for scope in binder.scopes.values()
            if scope.kind in ("class", "function")
        }
        self.reads: list[Read] = []
        self.depth = 0
        self.callee: Callee = (None, None, "name")
        """The callee of the call that was visited last."""
        self.results: list[Result] = []
        self.yields = False
        self.bodies: deque[Callable[[], None]] = deque()

    def visit(self, node: ast.AST) -> Value | None:
        """Visit a node; return what it stands for, if that is known."""
        handler = HANDLERS.get(node.__class__)
        if handler is not None:
            return handler(self, node)
        for child in children(node):
            self.visit(child)
        return None

    def visit_all(self, nodes: Iterable[ast.AST | None]) -> None:
        """Visit several nodes."""
        for node in nodes:
            if node is not None:
                self.visit(node)

    def read_by(self, node: ast.AST) -> tuple[Value | None, list[Read]]:
        """Visit an expression; return its value and what it reads."""
        first = len(self.reads)
        value = self.visit(node)
        return value, self.reads[first:]

    def target(self, name: str) -> tuple[str, Binding | None, Scope | None]:
        """Return the path that a bare name stands for, and what binds it."""
        binding, home = self.scope.lookup(name)
        if binding is not None:
            return binding.target, binding, home
        if name in BUILTINS:
            return f"builtins.{name}", None, None
        if self.stars:
            return f"{self.scope.module().qualname}.{name}", None, None
        return f"?{name}", None, None

    def value_of(self, name: str) -> Value | None:
        """Return what the current value of a bare name is."""
        path, binding, home = self.target(name)
        if binding is None:
            if path[0] == "?":
                return None
            builtin = path.startswith("builtins.")
            return Value(path, "builtin" if builtin else "star")
        if binding.kind <= BindingKind.PARAMETER and home is not None:
            known = home.types.get(name)
            if known is not None:
                return Value(*known)
            if home.kind not in ("module", "class"):
                return None
        if binding.kind is BindingKind.IMPORT:
            return Value(path, "import")
        return Value(path, "scope")

    def attribute_of(self, base: Value | None, name: str) -> Value | None:
        """Return the path of an attribute of a value."""
        if base is None or base.path.count(".") > MAX_STEPS:
            return None
        path = self.instance_class(base.path) or base.path
        return Value(f"{path}.{name}", _NEXT_HOW.get(base.how, base.how))

    def called(self, callee: Value | None) -> Value | None:
        """Return what calling a value gives."""
        if callee is None or callee.path.endswith("()"):
            return None
        module, _, name = callee.path.partition(".")
        if module == "builtins" and name not in BUILTIN_TYPES:
            return None
        return Value(f"{callee.path}()", "constructor")

    def instance_class(self, path: str) -> str | None:
        """Return `C` for the path `C()` of an instance of a known class."""
        if not path.endswith("()"):
            return None
        name = path[:-2]
        scope = self.by_name.get(name)
        if scope is not None:
            return name if scope.kind == "class" else None
        if name.startswith("builtins.") and name[9:] in BUILTIN_TYPES:
            return name
        return None

    def flow(
        self, reads: Iterable[Read], target: str, span: Span | None, how: str
    ) -> None:
        """State that the values read flow to a target."""
        for read in reads:
            self.recorder.fact(read.path, "flows_to", target, span, how)

    def declare(self, name: str, span: Span | None) -> str:
        """Record that a name is bound here; return its path."""
        path, binding, home = self.target(name)
        self.recorder.mention(span, path)
        if (
            binding is not None
            and home is not None
            and binding.kind is BindingKind.VARIABLE
            and self.recorder.entity(path, name, EntityKind.VARIABLE, span)
        ):
            if home.kind == "class":
                self.recorder.fact(
                    home.qualname, "has_field", path, span, "scope"
                )
            elif home.kind != "types" and not self._is_class(home.owner):
                self.recorder.fact(home.owner, "declares", path, span, "scope")
        return path

    def field(self, path: str, name: str, span: Span | None) -> bool:
        """Record that `self.name` is bound; return whether it is a field."""
        owner = path.rpartition(".")[0]
        scope = self.by_name.get(owner)
        if scope is None or scope.kind != "class":
            return False
        binding = scope.names.get(name)
        if binding is not None and binding.kind > BindingKind.PARAMETER:
            return False
        if self.recorder.entity(path, name, EntityKind.VARIABLE, span):
            self.recorder.fact(owner, "has_field", path, span, "self")
        return True

    def _is_class(self, qualname: str) -> bool:
        scope = self.by_name.get(qualname)
        return scope is not None and scope.kind == "class"
