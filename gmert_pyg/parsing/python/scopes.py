"""Scopes of a Python file and the names they bind."""

from __future__ import annotations

import builtins
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal, NamedTuple

BUILTINS = frozenset(dir(builtins))
BUILTIN_TYPES = frozenset(
    name for name in BUILTINS if isinstance(getattr(builtins, name), type)
)

ScopeKind = Literal[
    "module", "class", "function", "lambda", "comprehension", "types"
]


OuterKind = Literal["global", "nonlocal"]


class BindingKind(IntEnum):
    """What binds a name; of several, the highest decides what it means."""

    VARIABLE = 1
    PARAMETER = 2
    IMPORT = 3
    FUNCTION = 4
    CLASS = 5


class Binding(NamedTuple):
    """What a name means in the scope that binds it."""

    kind: BindingKind
    target: str


@dataclass(slots=True, eq=False)
class Scope:
    """A scope: the names it binds and where other names are looked up.

    Args:
        kind: what opened it.
        qualname: the prefix of the qualified names it binds.
        parent: the scope around it.
        owner: the module, class or function that its code belongs to.
    """

    kind: ScopeKind
    qualname: str
    parent: Scope | None
    owner: str
    names: dict[str, Binding] = field(default_factory=dict)
    outer: dict[str, OuterKind] = field(default_factory=dict)
    types: dict[str, tuple[str, str]] = field(default_factory=dict)
    num_children: dict[str, int] = field(default_factory=dict)
    found: dict[str, tuple[Binding | None, Scope | None]] = field(
        default_factory=dict
    )

    def bind(self, name: str, kind: BindingKind, target: str = "") -> None:
        """Bind a name here, or where `global` or `nonlocal` sends it."""
        if self.outer.get(name) == "nonlocal":
            return  # the function around it binds the name, maybe further down
        scope = self.home(name)
        known = scope.names.get(name)
        if known is None or (
            kind > known.kind and known.kind < BindingKind.FUNCTION
        ):
            scope.names[name] = Binding(
                kind, target or f"{scope.qualname}.{name}"
            )

    def home(self, name: str) -> Scope:
        """Return the scope in which an assignment here binds `name`."""
        scope = self
        while scope.kind == "comprehension" and scope.parent is not None:
            scope = scope.parent
        declared = scope.outer.get(name)
        if declared == "global":
            return scope.module()
        if declared == "nonlocal":
            outer = scope.parent
            while outer is not None:
                if outer.kind == "function" and name not in outer.outer:
                    if name in outer.names:
                        return outer
                elif outer.outer.get(name) == "global":
                    break
                outer = outer.parent
        return scope

    def module(self) -> Scope:
        """Return the module's scope."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def child_name(self, label: str) -> str:
        """Return a fresh qualified name for an unnamed scope in this one."""
        count = self.num_children.get(label, 0) + 1
        self.num_children[label] = count
        return f"{self.qualname}.<{label}{count}>"

    def lookup(self, name: str) -> tuple[Binding | None, Scope | None]:
        """Find what `name` means here and which scope binds it."""
        found = self.found.get(name)
        if found is None:
            found = self.found[name] = self._search(name)
        return found

    def _search(self, name: str) -> tuple[Binding | None, Scope | None]:
        declared = self.outer.get(name)
        if declared == "global":
            module = self.module()
            return module.names.get(name), module
        if declared is None and name in self.names:
            return self.names[name], self
        sees_class = self.kind == "types"
        scope = self.parent
        while scope is not None:
            if scope.kind != "class" or sees_class:
                if scope.outer.get(name) == "global":
                    scope = scope.module()
                if name in scope.names:
                    return scope.names[name], scope
            sees_class = scope.kind == "types"
            scope = scope.parent
        return None, None
