"""Containers made of the items of others: slices, sums, updates."""

from __future__ import annotations

from gmert_pyg.kg.flow.items import ANY, HELD
from gmert_pyg.kg.flow.machine import Machine
from gmert_pyg.kg.flow.objects import Container, Kind
from gmert_pyg.parsing.flow import NO_BOUND, UNKNOWN_BOUND


class Copies:
    """Copies items from one object to another.

    Args:
        machine: the state of the analysis.
    """

    def __init__(self, machine: Machine) -> None:
        self._m = machine

    def slice(self, thing: int, start: int, stop: int, target: int) -> None:
        """State that a node holds a part of an object."""
        m = self._m
        if m.kind(thing) == Kind.CONSTANT:
            m.flow.add(target, (m.constant(m.objects.data[thing][0]),))
            return
        if m.kind(thing) not in (*HELD, Kind.GENERATOR):
            return
        part = m.objects.container("list", "slice", target, thing)
        m.flow.add(target, (part,))
        if m.kind(thing) == Kind.GENERATOR:
            self._m.items.read_all(thing, m.flow.field(part, ANY))
            return
        length = getattr(m.objects.data[thing], "length", -1)
        bounds = _bounds(start, stop, length)
        m.flow.each_field(thing, self._slice_field, part, bounds)

    def _slice_field(
        self, key: str, node: int, part: int, bounds: tuple[int, int] | None
    ) -> None:
        if key[0] in "@.":
            return
        place = ANY
        if bounds is not None and key[0] == "i" and key[1] != "-":
            index = int(key[1:])
            if not bounds[0] <= index < bounds[1]:
                return
            place = f"i{index - bounds[0]}"
        self._m.flow.edge(node, self._m.flow.field(part, place))

    def extend(self, thing: int, iterable: int, site: int = -1) -> None:
        """State that a container holds all elements of what a node holds."""
        if self._m.kind(thing) in HELD:
            self._m.items.iterate(
                iterable, self._m.flow.field(thing, ANY), site
            )

    def update(self, thing: int, mapping: int) -> None:
        """State that a dictionary holds all items of what a node holds."""
        if self._m.kind(thing) in HELD:
            self._m.flow.watch(mapping, self.update_from, thing)

    def update_from(self, mapping: int, thing: int) -> None:
        """State that a dictionary holds all items of another."""
        if self._m.kind(mapping) in HELD and mapping != thing:
            self._m.flow.each_field(mapping, self._copy_field, thing)

    def _copy_field(self, key: str, node: int, thing: int) -> None:
        if key[0] != ".":
            self._m.flow.edge(node, self._m.flow.field(thing, key))

    def concatenate(self, thing: int, left: bool, target: int) -> None:
        """State that a node holds a sum one side of which is an object."""
        m = self._m
        if m.kind(thing) == Kind.CONSTANT:
            m.flow.add(target, (m.constant(m.objects.data[thing][0]),))
        elif m.kind(thing) == Kind.CONTAINER:
            data: Container = m.objects.data[thing]
            total = m.objects.container(data.type, "sum", target)
            m.flow.add(target, (total,))
            if left or data.type == "dict":
                m.flow.each_field(thing, self._copy_field, total)
            else:
                self._m.items.read_all(thing, m.flow.field(total, ANY))


def _bounds(start: int, stop: int, length: int) -> tuple[int, int] | None:
    """Return the first index of a slice and the one after its last."""
    if UNKNOWN_BOUND in (start, stop):
        return None
    first = 0 if start == NO_BOUND else start
    last = (length if length >= 0 else 2**31) if stop == NO_BOUND else stop
    if (first < 0 or last < 0) and length < 0:
        return None
    first = max(first + length, 0) if first < 0 else first
    last = last + length if last < 0 else last
    return first, last
