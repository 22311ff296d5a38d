"""Method resolution orders over classes that were found by propagation."""

from __future__ import annotations

from gmert_pyg.kg.flow.objects import Class, Kind, Objects
from gmert_pyg.kg.hierarchy import merge_orders


class ClassOrders:
    """Linearises classes as C3 does.

    Args:
        objects: the objects.
    """

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._orders: dict[int, list[int]] = {}

    def add_base(self, thing: int, position: int, base: int) -> bool:
        """Record a base of a class; return whether it is new."""
        found: Class = self._objects.data[thing]
        bases = found.bases[position]
        if base in bases or base == thing:
            return False
        bases.append(base)
        self._orders.clear()
        return True

    def mro(self, thing: int) -> list[int]:
        """Return a class and its bases; those outside are external objects."""
        known = self._orders.get(thing)
        if known is not None:
            return known
        self._orders[thing] = [thing]  # what a cycle of bases finds
        order = [thing]
        if self._objects.kind[thing] == Kind.CLASS:
            bases = [
                base
                for group in self._objects.data[thing].bases
                for base in group
            ]
            order += merge_orders([*(self.mro(base) for base in bases), bases])
        self._orders[thing] = order
        return order
