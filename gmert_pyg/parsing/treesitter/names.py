"""What identifiers stand for."""

from __future__ import annotations

from typing import NamedTuple

from gmert_pyg.parsing.treesitter.extraction import Extraction
from gmert_pyg.parsing.treesitter.scopes import BOUND, Binding, Scope

MAX_STEPS = 24
"""Paths longer than this many steps are not followed."""

_NEXT_HOW = {"receiver": "self", "self": "attribute", "super": "super"}


class Value(NamedTuple):
    """What an expression stands for.

    Args:
        path: its path; one that starts with `?` is unknown.
        how: how it was found.
        leaf: the identifier that names it.
        made: whether it is an instance, made where the expression stands.
    """

    path: str
    how: str
    leaf: int
    made: bool = False

    @property
    def is_known(self) -> bool:
        """Whether the path says more than a name."""
        return self.path[0] != "?"


def find(
    file: Extraction, leaf: int, is_called: bool = False
) -> Binding | None:
    """Return what binds the name of an identifier where it stands.

    Args:
        file: the file.
        leaf: the identifier.
        is_called: whether it is the name of what is called.
    """
    name, scope = file.tree.source(leaf), file.scopes[leaf]
    sees_members = file.description.sees_members
    if not is_called or not file.description.fields_apart:
        return scope.lookup(name, leaf, sees_members)
    method = scope.lookup(f"{name}()", leaf, sees_members)
    return file.root.names.get(name) if method is None else method


def value_of(binding: Binding, leaf: int) -> Value:
    """Return what a bound name stands for: what is known of its value."""
    if binding.type:
        return Value(binding.type, binding.how, leaf)
    how = "import" if binding.kind is None else "scope"
    return Value(binding.target, how, leaf)


def is_read(binding: Binding) -> bool:
    """Tell whether a name is that of a variable."""
    return binding.kind in BOUND and binding.how != "receiver"


def attribute(base: Value | None, name: str, leaf: int) -> Value:
    """Return what a member of a value stands for."""
    if (
        base is None
        or not base.is_known
        or base.path.count(".") > MAX_STEPS
        or base.path.startswith("type:")
    ):
        return Value(f"?.{name}", "name", leaf)
    how = _NEXT_HOW.get(base.how, base.how)
    return Value(f"{base.path}.{name}", how, leaf)


def unbound(file: Extraction, leaf: int) -> Value:
    """Return what a name that the file does not bind may stand for."""
    language, name = file.description, file.tree.source(leaf)
    if name == "_":
        return Value("?_", "name", leaf)
    if name in language.builtins:
        return Value(f"{language.builtins_module}.{name}", "builtin", leaf)
    if language.sees_members and not name[:1].isupper():
        owner = _heir(file.scopes[leaf])
        if owner is None:
            return Value(f"?{name}", "name", leaf)
        return Value(f"{owner.qualname}.{name}", "self", leaf)
    if language.sees_module:
        return Value(f"{file.module}.{name}", "scope", leaf)
    if language.stars_bind and file.stars:
        return Value(f"{file.module}.{name}", "star", leaf)
    return Value(f"?{name}", "name", leaf)


def _heir(scope: Scope | None) -> Scope | None:
    """Return the innermost class around that may inherit names."""
    while scope is not None:
        if scope.kind == "class" and scope.has_bases:
            return scope
        scope = scope.parent
    return None
