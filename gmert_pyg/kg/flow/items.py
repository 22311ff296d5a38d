"""Items of containers, and iteration."""

from __future__ import annotations

from typing import Any

from gmert_pyg.kg.flow.machine import Call, Machine
from gmert_pyg.kg.flow.objects import Container, Kind
from gmert_pyg.parsing.flow import ArgumentKind, KeyKind

ANY = "*"
"""The field of items whose keys are not known."""

KEYS = "@keys"
"""The field of the keys of a dictionary."""

HELD = (Kind.CONTAINER, Kind.INSTANCE)
"""The kinds of objects that hold items."""


class Items:
    """The items of objects.

    Args:
        machine: the state of the analysis.
    """

    def __init__(self, machine: Machine) -> None:
        self._m = machine
        self._keyed: list[tuple[int, tuple[Any, ...]]] = []

    def read(
        self, base: int, kind: int, key: str | int, target: int, site: int
    ) -> None:
        """State that a node holds an item of what another holds."""
        flow = self._m.flow
        if kind == KeyKind.NODE:
            assert isinstance(key, int)
            flow.watch(key, self._read_key, base, target, site)
            self._keyed.append((key, (self._read_any, base, target, site)))
            flow.watch(base, self._read_special, key, target, site)
        elif kind == KeyKind.CONSTANT:
            flow.watch(base, self.read_one, key, target)
            flow.watch(base, self._read_special, -1, target, site)
        else:
            self._read_any(base, target, site)
            flow.watch(base, self._read_special, -1, target, site)

    def write(
        self, base: int, kind: int, key: str | int, source: int, site: int
    ) -> None:
        """State that an item of what a node holds, holds what another does."""
        flow = self._m.flow
        if kind == KeyKind.NODE:
            assert isinstance(key, int)
            flow.watch(key, self._write_key, base, source)
            self._keyed.append((key, (self._write_any, base, source)))
            flow.watch(base, self._write_special, key, source, site)
            flow.watch(base, self._add_key, key)
        elif kind == KeyKind.CONSTANT:
            flow.watch(base, self.write_one, key, source)
            flow.watch(base, self._write_special, -1, source, site)
        else:
            self._write_any(base, source)
            flow.watch(base, self._write_special, -1, source, site)

    def settle_keys(self) -> None:
        """Take keys of which nothing is known for any key."""
        keyed, self._keyed = self._keyed, []
        for key, (action, *args) in keyed:
            if not self._m.flow.holds[key]:
                action(*args)

    def _key(self, thing: int) -> str | None:
        if self._m.kind(thing) == Kind.CONSTANT:
            key: str | None = self._m.objects.data[thing][1]
            return key
        by_identity = self._m.kind(thing) in (Kind.FUNCTION, Kind.CLASS)
        return f"o{thing}" if by_identity else None

    def _read_key(self, thing: int, base: int, target: int, site: int) -> None:
        key = self._key(thing)
        if key is None:
            self._read_any(base, target, site)
        else:
            self._m.flow.watch(base, self.read_one, key, target)

    def _write_key(self, thing: int, base: int, source: int) -> None:
        key = self._key(thing)
        if key is None:
            self._write_any(base, source)
        else:
            self._m.flow.watch(base, self.write_one, key, source)

    def _read_any(self, base: int, target: int, site: int) -> None:
        self._m.flow.watch(base, self.read_all, target)

    def _write_any(self, base: int, source: int) -> None:
        self._m.flow.watch(base, self.write_one, ANY, source)

    def _add_key(self, thing: int, key: int) -> None:
        if self._m.kind(thing) in HELD:
            self._m.flow.edge(key, self._m.flow.field(thing, KEYS))

    def read_one(self, thing: int, key: str, target: int) -> None:
        """State that a node holds the item of an object under a key."""
        flow, kind = self._m.flow, self._m.kind(thing)
        if kind in HELD:
            flow.edge(flow.field(thing, self._place(thing, key)), target)
            flow.edge(flow.field(thing, ANY), target)
        elif kind == Kind.NAMESPACE and key[0] == "s":
            module = self._m.objects.data[thing]
            found = self._m.modules.attribute(module, key[1:])
            flow.edge(found.node, target)

    def write_one(self, thing: int, key: str, source: int) -> None:
        """State that the item of an object under a key is in a node."""
        flow, kind = self._m.flow, self._m.kind(thing)
        if kind in HELD:
            flow.edge(source, flow.field(thing, self._place(thing, key)))
        elif kind == Kind.NAMESPACE and key[0] == "s":
            module = self._m.objects.data[thing]
            found = self._m.modules.attribute(module, key[1:])
            flow.edge(source, found.node)

    def _place(self, thing: int, key: str) -> str:
        """Return a key, counted from the front if that is known."""
        if key[:2] == "i-" and self._m.kind(thing) == Kind.CONTAINER:
            held: Container = self._m.objects.data[thing]
            if held.length >= 0:
                return f"i{held.length + int(key[1:])}"
        return key

    def read_all(self, thing: int, target: int) -> None:
        """State that a node holds all items of an object."""
        if self._m.kind(thing) in HELD:
            self._m.flow.each_field(thing, self._read_field, target)
        elif self._m.kind(thing) == Kind.GENERATOR:
            function = self._m.objects.data[thing]
            self._m.flow.edge(self._m.objects.data[function].yields, target)

    def _read_field(self, key: str, node: int, target: int) -> None:
        if key[0] not in "@.":
            self._m.flow.edge(node, target)

    def _read_special(
        self, thing: int, key: int, target: int, site: int
    ) -> None:
        """Items of classes, and of instances that define `__getitem__`."""
        kind = self._m.kind(thing)
        if kind == Kind.CLASS:
            self._m.flow.add(target, (thing,))  # `C[int]` is a `C`
        elif kind == Kind.INSTANCE:
            call = Call(site, target, ((ArgumentKind.POSITIONAL, key),))
            self.call_own(thing, "__getitem__", call)

    def _write_special(
        self, thing: int, key: int, source: int, site: int
    ) -> None:
        if self._m.kind(thing) == Kind.INSTANCE:
            pair = ArgumentKind.POSITIONAL
            call = Call(site, -1, ((pair, key), (pair, source)))
            self.call_own(thing, "__setitem__", call)

    def call_own(self, thing: int, name: str, call: Call) -> bool:
        """Call a method if a class of the project defines it."""
        m = self._m
        defined = False
        for held in m.orders.mro(m.objects.data[thing]):
            if m.kind(held) == Kind.CLASS:
                found = m.objects.data[held].attributes.get(name)
                if found is not None:
                    defined = True
                    m.flow.watch(
                        found[0], m.calls.apply, call, thing, late=True
                    )
                    break
        return defined

    def iterate(self, base: int, target: int, site: int) -> None:
        """State that a node holds the elements of what another holds."""
        self._m.flow.watch(base, self.iterate_one, target, site)

    def iterate_one(self, thing: int, target: int, site: int) -> None:
        """State that a node holds the elements of an object."""
        m, kind = self._m, self._m.kind(thing)
        if kind == Kind.CONTAINER and m.objects.data[thing].type == "dict":
            m.flow.edge(m.flow.field(thing, KEYS), target)
        elif kind == Kind.INSTANCE:
            iterator = m.flow.nodes()
            if self.call_own(thing, "__iter__", Call(site, iterator)):
                m.flow.watch(iterator, self.advance, target, site)
            elif not self.call_own(thing, "__getitem__", Call(site, target)):
                self.read_all(thing, target)
        else:
            self.read_all(thing, target)

    def advance(self, thing: int, target: int, site: int) -> None:
        """State that a node holds what an iterator gives next."""
        if self._m.kind(thing) == Kind.INSTANCE:
            self.call_own(thing, "__next__", Call(site, target))
        else:
            self.iterate_one(thing, target, site)

    def unpack(self, thing: int, key: str, target: int, site: int) -> None:
        """State that a node holds the element of an object at a place."""
        kind = self._m.kind(thing)
        if kind == Kind.CONTAINER and self._m.objects.data[thing].type in (
            "list",
            "tuple",
        ):
            self.read_one(thing, key, target)
        else:
            self.iterate_one(thing, target, site)
