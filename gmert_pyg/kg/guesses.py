"""What a name alone suggests, where nothing else resolves it."""

from __future__ import annotations

import re

from gmert_pyg.kg.entities import EntityTable, KGEntity
from gmert_pyg.parsing.python.scopes import BUILTIN_TYPES
from gmert_pyg.schema import EntityKind

_CLASS_NAME = re.compile(r"_*[A-Z]\w*[a-z]\w*\Z")
_BUILTIN_MEMBERS = frozenset(
    name
    for kind in (str, bytes, int, float, list, dict, set, tuple, object)
    for name in dir(kind)
) | {"read", "write", "close", "flush", "readline", "seek", "tell", "fileno"}


def looks_like_class(entity: KGEntity) -> bool:
    """Tell whether an entity is a class, by its name if it is outside."""
    if entity.kind is not EntityKind.EXTERNAL:
        return entity.kind is EntityKind.CLASS
    module, _, name = entity.qualified_name.partition(".")
    if module == "builtins":
        return name in BUILTIN_TYPES
    return module != "?" and named_like_class(entity.name)


def named_like_class(name: str) -> bool:
    """Tell whether a bare name is written as those of classes are."""
    return _CLASS_NAME.match(name) is not None


def unique_methods(entities: EntityTable) -> dict[str, int]:
    """Return the methods whose name no other member of any class has.

    Names that built-in types have too are left out: an unknown receiver is
    more likely one of those.
    """
    count: dict[str, int] = {}
    found: dict[str, int] = {}
    for number, entity in enumerate(entities.items):
        owner = entities.ids.get(entity.qualified_name.rpartition(".")[0])
        if owner is None or entities.items[owner].kind is not EntityKind.CLASS:
            continue
        count[entity.name] = count.get(entity.name, 0) + 1
        if entity.kind is EntityKind.METHOD:
            found[entity.name] = number
    return {
        name: number
        for name, number in found.items()
        if count[name] == 1 and name not in _BUILTIN_MEMBERS
    }
