"""Facts of the extended schema that only a linked project decides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.kg.guesses import named_like_class
from gmert_pyg.kg.resolver import Resolver
from gmert_pyg.parsing.columns import RELATION_CODES, RESOLUTION_CODES
from gmert_pyg.schema import EntityKind

_OVERRIDES = RELATION_CODES["overrides"]
_INHERITED = RESOLUTION_CODES["inherited"]
_BOUND = (EntityKind.VARIABLE, EntityKind.PARAMETER)


def raised_class(resolver: Resolver, path: str) -> tuple[int, int | None]:
    """Return the class of an exception, and how it is known if not by name.

    Args:
        resolver: what resolves paths.
        path: the path of a class, or of a value that is raised.

    Returns:
        the entity, or -1 where nothing tells its class; and a resolution.
    """
    found = resolver.resolve(path)
    if path.endswith("()"):
        callee = path[:-2]
        if found is not None:
            known = resolver.resolve(callee)
            made = known is not None and resolver.is_class(known)
            return found, None if made else RESOLUTION_CODES["return"]
        if named_like_class(callee.rpartition(".")[2].lstrip("?")):
            return resolver.entity(callee), RESOLUTION_CODES["name"]
        return -1, None
    if found is None:
        return resolver.entity(path), RESOLUTION_CODES["name"]
    if resolver.entities.items[found].kind in _BOUND:
        held = resolver.class_of(found)
        if held is not None:
            return held, RESOLUTION_CODES["attribute"]
    return found, None


def overriding_methods(resolver: Resolver) -> NDArray[np.int32]:
    """Return which method overrides which, as rows of the linker.

    The overridden method is that of the next class in the method resolution
    order that has one; classes outside of the project are passed over, as
    nothing tells what they define.
    """
    entities = resolver.entities
    rows = []
    for number, method in enumerate(entities.items):
        if method.kind is not EntityKind.METHOD:
            continue
        owner = entities.ids.get(method.qualified_name.rpartition(".")[0])
        if owner is None:
            continue
        for base in resolver.mro(owner)[1:]:
            name = entities.items[base].qualified_name
            other = entities.ids.get(f"{name}.{method.name}")
            if other is None:
                continue
            if entities.items[other].kind is EntityKind.METHOD:
                place = (method.module, method.start, method.end, method.line)
                rows.append((number, _OVERRIDES, other, *place, _INHERITED))
            break
    return np.array(rows, np.int32).reshape(-1, 8)
