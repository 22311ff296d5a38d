"""Scopes of a file and what they bind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from gmert_pyg.schema import EntityKind

BOUND = (EntityKind.VARIABLE, EntityKind.PARAMETER)


def field_path(owner: str, name: str) -> str:
    """Return the path of a field that a method of its class is called like."""
    return f"{owner}.<field>.{name}"


@dataclass(slots=True, eq=False)
class Binding:
    """What a name means in the scope that binds it.

    Args:
        target: the path it stands for.
        kind: what it is; `None` for a name that an import binds.
        visible: the first node that sees it.
        type: the path of its class, if that is known.
        how: how that was found.
    """

    target: str
    kind: EntityKind | None
    visible: int = 0
    type: str = ""
    how: str = "annotation"


@dataclass(slots=True, eq=False)
class Scope:
    """A scope: the names it binds and where other names are looked up.

    Args:
        kind: what opened it.
        qualname: the prefix of the qualified names it binds.
        parent: the scope around it.
        owner: the module, class or function that its code belongs to.
        this: the class scope whose instance `this` is.
        is_entity: whether there is an entity called `qualname`.
        has_bases: whether it is a class that may inherit names.
        methods: the names of its methods, where a field may have one, too.
        results: the paths of what a function was seen to make and return.
    """

    kind: Literal["module", "class", "function", "block"]
    qualname: str
    parent: Scope | None
    owner: str
    this: Scope | None = None
    is_entity: bool = True
    has_bases: bool = False
    methods: frozenset[str] = frozenset()
    results: set[tuple[str, int] | None] = field(default_factory=set)
    names: dict[str, Binding] = field(default_factory=dict)
    num_children: dict[str, int] = field(default_factory=dict)

    @property
    def base(self) -> Scope:
        """The function, class or module that a block belongs to."""
        scope = self
        while scope.kind == "block" and scope.parent is not None:
            scope = scope.parent
        return scope

    def block(self) -> Scope:
        """Return a new block inside this scope."""
        return Scope("block", self.qualname, self, self.owner, self.this)

    def child_name(self, label: str) -> str:
        """Return a fresh qualified name for something unnamed in here."""
        base = self.base
        count = base.num_children.get(label, 0) + 1
        base.num_children[label] = count
        return f"{base.qualname}.<{label}{count}>"

    def in_function(self) -> bool:
        """Tell whether a function encloses this scope, or is it."""
        scope: Scope | None = self
        while scope is not None:
            if scope.kind == "function":
                return True
            scope = scope.parent
        return False

    def lookup(self, name: str, at: int, sees_members: bool) -> Binding | None:
        """Find what a name means.

        Args:
            name: the name.
            at: the node that uses it.
            sees_members: whether classes around it bind names for it.
        """
        scope: Scope | None = self
        while scope is not None:
            if sees_members or scope.kind != "class" or scope is self:
                found = scope.names.get(name)
                if found is not None and found.visible <= at:
                    return found
            scope = scope.parent
        return None
