"""Base classes and method resolution order across modules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gmert_pyg.parsing import ModuleFacts
from gmert_pyg.parsing.columns import (
    RELATION_CODES,
    RESOLUTIONS,
)

_CONFIDENCE = tuple(RESOLUTIONS.values())


class _Resolves(Protocol):
    def base_class(self, path: str) -> int | None: ...
    def name_of(self, number: int) -> str: ...


class Hierarchy:
    """The bases of every class, and their linearisation.

    Args:
        modules: the facts of all files.
        resolver: what resolves the paths of bases.
    """

    def __init__(
        self, modules: Sequence[ModuleFacts], resolver: _Resolves
    ) -> None:
        self._resolver = resolver
        self._bases: dict[str, list[str]] = {}
        self._orders: dict[int, list[int]] = {}
        inherits = RELATION_CODES["inherits"]
        for facts in reversed(modules):
            bases: dict[str, list[str]] = {}
            table = facts.facts
            for head, relation, tail in zip(
                table.head, table.relation, table.tail, strict=True
            ):
                if relation == inherits:
                    paths = bases.setdefault(table.paths[head], [])
                    if table.paths[tail] not in paths:
                        paths.append(table.paths[tail])
            self._bases.update(bases)

    def mro(self, number: int) -> list[int]:
        """Return a class and all its bases, in method resolution order."""
        known = self._orders.get(number)
        if known is not None:
            return known
        self._orders[number] = [number]  # what a cycle of bases finds
        paths = self._bases.get(self._resolver.name_of(number), ())
        found = (self._resolver.base_class(path) for path in paths)
        bases = [base for base in found if base not in (None, number)]
        orders = [self.mro(base) for base in bases if base is not None]
        order = [
            number,
            *merge_orders([*orders, [b for b in bases if b is not None]]),
        ]
        self._orders[number] = order
        return order


def merge_orders(orders: list[list[int]]) -> list[int]:
    """Merge linearisations as C3 does; where it fails, in the order given."""
    merged: list[int] = []
    orders = [list(order) for order in orders if order]
    while orders:
        for order in orders:
            first = order[0]
            if not any(first in other[1:] for other in orders):
                break
        else:
            first = orders[0][0]
        merged.append(first)
        orders = [[x for x in order if x != first] for order in orders]
        orders = [order for order in orders if order]
    return merged


def best_tails(modules: Sequence[ModuleFacts], relation: str) -> dict[str, str]:
    """Return, for each head of a relation, its most credible tail path."""
    code = RELATION_CODES[relation]
    best: dict[str, tuple[float, str]] = {}
    for facts in modules:
        table = facts.facts
        for position, other in enumerate(table.relation):
            if other != code:
                continue
            head = table.paths[table.head[position]]
            confidence = _CONFIDENCE[table.resolution[position]]
            if head not in best or confidence > best[head][0]:
                best[head] = confidence, table.paths[table.tail[position]]
    return {head: tail for head, (_, tail) in best.items()}
