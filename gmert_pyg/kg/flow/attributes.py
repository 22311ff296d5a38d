"""Reading and writing attributes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gmert_pyg.kg.flow.machine import Call, Machine
from gmert_pyg.kg.flow.native_methods import NATIVE_NAMES
from gmert_pyg.kg.flow.objects import Class, Kind
from gmert_pyg.parsing.flow import Descriptor

_OF_CLASSES = (Kind.CLASS, Kind.INSTANCE, Kind.SUPER)
_NO_FIELDS = (Kind.CONSTANT, Kind.CONTAINER, Kind.GENERATOR)


class Found(NamedTuple):
    """Where an attribute may come from.

    Args:
        node: the node of its values, or -1 if it is an object.
        thing: the object, or the receiver that functions are bound to, or -1.
        getter: whether it is a property.
    """

    node: int
    thing: int = -1
    getter: bool = False


class Attributes:
    """The attributes of objects.

    Args:
        machine: the state of the analysis.
    """

    def __init__(self, machine: Machine) -> None:
        self._m = machine
        self._readers: dict[str, list[tuple[int, object]]] = {}

    def read(self, base: int, name: str, target: int, site: int) -> None:
        """State that a node holds an attribute of what another holds."""
        self._m.flow.watch(base, self._read_one, name, target, site)
        self._readers.setdefault(name, []).append((base, (target, site)))

    def call(self, base: int, name: str, call: Call) -> None:
        """State that an attribute of what a node holds is called."""
        self._m.flow.watch(base, self.call_one, name, call)
        self._readers.setdefault(name, []).append((base, call))

    def _read_one(self, thing: int, name: str, target: int, site: int) -> None:
        flow = self._m.flow
        for found in self.lookup(thing, name):
            if found.node < 0:
                flow.add(target, (found.thing,))
            elif found.getter:
                call = Call(site, target)
                flow.watch(
                    found.node,
                    self._m.calls.apply,
                    call,
                    found.thing,
                    late=True,
                )
            elif found.thing < 0:
                flow.edge(found.node, target)
            else:
                flow.watch(found.node, self._bind, found.thing, target)

    def call_one(self, thing: int, name: str, call: Call) -> None:
        """Call an attribute of an object."""
        for found in self.lookup(thing, name):
            if found.getter:
                value = self._m.flow.nodes()
                self._m.flow.watch(
                    found.node,
                    self._m.calls.apply,
                    Call(call.site, value),
                    found.thing,
                    late=True,
                )
                found = Found(value)
            if found.node < 0:
                self._m.calls.apply(found.thing, call, -1)
            else:
                self._m.flow.watch(
                    found.node,
                    self._m.calls.apply,
                    call,
                    found.thing,
                    late=True,
                )

    def _bind(self, thing: int, receiver: int, target: int) -> None:
        if self._m.kind(thing) == Kind.FUNCTION:
            thing = self._m.objects.derive(Kind.BOUND, thing, receiver)
        self._m.flow.add(target, (thing,))

    def lookup(self, thing: int, name: str) -> Iterator[Found]:
        """Return where an attribute of an object may come from."""
        m, data = self._m, self._m.objects.data[thing]
        kind = m.kind(thing)
        if kind == Kind.INSTANCE:
            if name == "__class__":
                yield Found(-1, data)
                return
            yield Found(m.flow.field(thing, f".{name}"))
            yield from self._inherited(m.orders.mro(data), name, thing, data)
        elif kind == Kind.CLASS:
            yield from self._inherited(m.orders.mro(thing), name, -1, thing)
        elif kind == Kind.MODULE:
            yield m.modules.attribute(thing, name)
        elif kind == Kind.EXTERNAL:
            yield Found(-1, m.external(f"{data}.{name}"))
        elif kind == Kind.BUILTIN:
            yield Found(-1, m.builtin(f"{data}.{name}".lstrip(".")))
        elif kind in _NO_FIELDS:
            type_name = self._type(thing)
            if name not in NATIVE_NAMES.get(type_name, ()):
                return
            native = m.objects.derive(Kind.NATIVE, type_name, name, thing)
            yield Found(-1, native)
        elif kind == Kind.SUPER:
            class_, receiver = data
            owner = receiver
            if m.kind(receiver) == Kind.INSTANCE:
                owner = m.objects.data[receiver]
            order = m.orders.mro(owner)
            place = order.index(class_) + 1 if class_ in order else 1
            bound = receiver if owner != receiver else -1
            yield from self._inherited(order[place:], name, bound, owner)
        elif kind == Kind.FUNCTION:
            yield Found(m.flow.field(thing, f".{name}"))

    def _type(self, thing: int) -> str:
        kind, data = self._m.kind(thing), self._m.objects.data[thing]
        if kind == Kind.CONTAINER:
            return str(data.type)
        return str(data[0]) if kind == Kind.CONSTANT else "generator"

    def _inherited(
        self, order: list[int], name: str, receiver: int, class_: int
    ) -> Iterator[Found]:
        """Return the attribute of the first class that has it."""
        outside = -1
        for held in order:
            kind = self._m.kind(held)
            if kind == Kind.EXTERNAL:
                outside = held if outside < 0 else outside
            elif kind == Kind.CLASS:
                found = self._m.objects.data[held].attributes.get(name)
                if found is not None:
                    yield self._described(found, receiver, class_)
                    return
        if outside >= 0:
            path = self._m.objects.data[outside]
            yield Found(-1, self._m.external(f"{path}.{name}"))

    def _described(
        self, attribute: tuple[int, int], receiver: int, class_: int
    ) -> Found:
        node, descriptor = attribute
        if descriptor == Descriptor.CLASS:
            return Found(node, class_)
        if descriptor == Descriptor.STATIC:
            return Found(node)
        if descriptor == Descriptor.PROPERTY and receiver >= 0:
            return Found(node, receiver, getter=True)
        return Found(node, receiver)

    def write(self, thing: int, name: str, source: int) -> None:
        """State that an attribute of an object holds what a node holds."""
        m, kind = self._m, self._m.kind(thing)
        if kind in (Kind.INSTANCE, Kind.FUNCTION):
            m.flow.edge(source, m.flow.field(thing, f".{name}"))
        elif kind == Kind.MODULE:
            m.flow.edge(source, m.modules.attribute(thing, name).node)
        elif kind == Kind.CLASS:
            found: Class = m.objects.data[thing]
            if name not in found.attributes:
                node = m.flow.nodes()
                found.attributes[name] = node, Descriptor.NONE
                self.read_again(name)
            m.flow.edge(source, found.attributes[name][0])

    def read_again(self, name: str) -> None:
        """Repeat the reads of an attribute: a class has got one more."""
        for base, what in list(self._readers.get(name, ())):
            for thing in self._m.flow.held(base, *_OF_CLASSES):
                if isinstance(what, Call):
                    self.call_one(thing, name, what)
                elif isinstance(what, tuple):
                    self._read_one(thing, name, *what)

    def read_all_again(self) -> None:
        """Repeat all reads: some class has got one more base."""
        for name in list(self._readers):
            self.read_again(name)
