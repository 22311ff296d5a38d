"""From the instructions of all files to the constraints of a project."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gmert_pyg.kg.flow.machine import Call, Machine
from gmert_pyg.kg.flow.objects import Class, Container, Function, Kind
from gmert_pyg.parsing.flow import (
    FlowTable,
    KeyKind,
    Op,
    ParameterKind,
)

Reader = Callable[["Loader", int], int]


class Loader:
    """Reads the instructions of one file.

    Args:
        machine: the state of the analysis.
        module: the name of the file's module.
        table: its instructions.
        first_site: the number of its first site.
    """

    def __init__(
        self, machine: Machine, module: str, table: FlowTable, first_site: int
    ) -> None:
        self.m = machine
        self.module = module
        self.code = table.code
        self.strings = table.strings
        self.paths = table.paths
        num_nodes, num_objects = table.sizes
        self.node = machine.flow.nodes(num_nodes)
        self.thing = len(machine.objects.kind)
        for _ in range(num_objects):
            machine.objects.add(Kind.CONTAINER, None)
        self.first_site = first_site
        self.methods: list[tuple[int, int, int]] = []
        self.names: dict[str, int] = {}
        self.stars: list[str] = []
        self.public: list[str] | None = None
        self.starred: set[str] = set()
        self.later: list[int] = []

    def define(self) -> None:
        """Read the definitions: objects, classes and the module itself."""
        place, code = 0, self.code
        sizes, readers = _SIZES, _DEFINITIONS
        while place < len(code):
            op = code[place]
            reader = readers.get(op)
            if reader is not None:
                place = reader(self, place + 1)
                continue
            self.later.append(place)
            if op == Op.STAR_NAME:
                self.starred.add(self.strings[code[place + 2]])
            place += sizes[op]
            if op == Op.CALL or op == Op.METHOD:
                place += 2 * code[place - 1]
        self.m.modules.define(
            self.module, self.names, self.stars, self.public, self.starred
        )

    def constrain(self) -> None:
        """Read everything else."""
        code, readers = self.code, _CONSTRAINTS
        for place in self.later:
            readers[code[place]](self, place + 1)
        self.later = []

    def text(self, place: int) -> str:
        """Return the string at a place."""
        return self.strings[self.code[place]]

    def path(self, place: int) -> str:
        """Return the qualified name at a place."""
        return self.paths[self.code[place]]

    def at(self, place: int) -> int:
        """Return the node at a place, or -1."""
        node = self.code[place]
        return node + self.node if node >= 0 else -1

    def site(self, place: int) -> int:
        """Return the site at a place."""
        return self.code[place] + self.first_site

    def key(self, place: int) -> tuple[int, str | int]:
        """Return the kind and the value of the key at a place."""
        kind = self.code[place]
        if kind == KeyKind.CONSTANT:
            return kind, self.text(place + 1)
        return kind, self.at(place + 1)

    def call(self, place: int) -> Call:
        """Return the call at a place."""
        code = self.code
        count = code[place + 3]
        first = place + 4
        arguments = tuple(
            (
                code[i] if code[i] < 0 else self.strings[code[i]],
                self.at(i + 1),
            )
            for i in range(first, first + 2 * count, 2)
        )
        return Call(
            self.site(place + 1), self.at(place + 2), arguments, code[place]
        )


def _function(x: Loader, place: int) -> int:
    code = x.code
    thing = x.thing + code[place]
    count = code[place + 4]
    first = place + 5
    parameters = [
        (x.text(i), code[i + 1], x.at(i + 2))
        for i in range(first, first + 3 * count, 3)
    ]
    end = first + 3 * count
    passed = list(code[end + 1 : end + 1 + code[end]])
    x.m.objects.kind[thing] = Kind.FUNCTION
    x.m.objects.data[thing] = Function(
        x.path(place + 1), x.at(place + 2), x.at(place + 3), parameters, passed
    )
    for _, kind, node in parameters:
        if kind == ParameterKind.STAR:
            held = x.m.objects.container("tuple", "star", thing)
            x.m.flow.add(node, (held,))
        elif kind == ParameterKind.DOUBLE_STAR:
            held = x.m.objects.container("dict", "double star", thing)
            x.m.flow.add(node, (held,))
    return end + 1 + code[end]


def _class(x: Loader, place: int) -> int:
    code = x.code
    thing = x.thing + code[place]
    count = code[place + 2]
    end = place + 3 + count
    found = Class(x.path(place + 1), bases=[[] for _ in range(count)])
    x.m.objects.kind[thing] = Kind.CLASS
    x.m.objects.data[thing] = found
    for position in range(count):
        node = x.at(place + 3 + position)
        x.m.flow.watch(node, _base, x.m, thing, position)
    number = code[end]
    for i in range(end + 1, end + 1 + 3 * number, 3):
        found.attributes[x.text(i)] = x.at(i + 1), code[i + 2]
    return end + 1 + 3 * number


def _base(base: int, m: Machine, thing: int, position: int) -> None:
    if m.kind(base) in (Kind.CLASS, Kind.EXTERNAL):
        m.add_base(thing, position, base)


def _container(x: Loader, place: int) -> int:
    code = x.code
    thing = x.thing + code[place]
    x.m.objects.data[thing] = Container(x.text(place + 1), code[place + 2])
    count = code[place + 3]
    for i in range(place + 4, place + 4 + 2 * count, 2):
        key = x.text(i) if code[i] >= 0 else "*"
        x.m.flow.edge(x.at(i + 1), x.m.flow.field(thing, key))
    return place + 4 + 2 * count


def _module(x: Loader, place: int) -> int:
    count = x.code[place]
    for i in range(place + 1, place + 1 + 2 * count, 2):
        x.names[x.text(i)] = x.at(i + 1)
    return place + 1 + 2 * count


def _stars(x: Loader, place: int) -> int:
    count = x.code[place]
    x.stars = [x.path(i) for i in range(place + 1, place + 1 + count)]
    return place + 1 + count


def _all(x: Loader, place: int) -> int:
    count = x.code[place]
    x.public = [x.text(i) for i in range(place + 1, place + 1 + count)]
    return place + 1 + count


def _method_of(x: Loader, place: int) -> int:
    function, class_, kind = x.code[place : place + 3]
    x.methods.append((x.thing + function, x.thing + class_, kind))
    return place + 3


def _copy(x: Loader, place: int) -> None:
    x.m.flow.edge(x.at(place), x.at(place + 1))


def _object(x: Loader, place: int) -> None:
    x.m.flow.add(x.at(place), (x.thing + x.code[place + 1],))


def _constant(x: Loader, place: int) -> None:
    key = x.text(place + 2) if x.code[place + 2] >= 0 else None
    x.m.flow.add(x.at(place), (x.m.constant(x.text(place + 1), key),))


def _builtin(x: Loader, place: int) -> None:
    x.m.flow.add(x.at(place), (x.m.builtin(x.text(place + 1)),))


def _import(x: Loader, place: int) -> None:
    name = x.text(place + 2) if x.code[place + 2] >= 0 else None
    x.m.modules.bind(x.at(place), x.path(place + 1), name, x.module)


def _star_name(x: Loader, place: int) -> None:
    x.m.modules.bind_star_name(x.at(place), x.module, x.text(place + 1))


def _get_attribute(x: Loader, place: int) -> None:
    x.m.attributes.read(
        x.at(place), x.text(place + 1), x.at(place + 2), x.site(place + 3)
    )


def _set_attribute(x: Loader, place: int) -> None:
    x.m.flow.watch(
        x.at(place), x.m.attributes.write, x.text(place + 1), x.at(place + 2)
    )


def _get_item(x: Loader, place: int) -> None:
    x.m.items.read(
        x.at(place), *x.key(place + 1), x.at(place + 3), x.site(place + 4)
    )


def _set_item(x: Loader, place: int) -> None:
    x.m.items.write(
        x.at(place), *x.key(place + 1), x.at(place + 3), x.site(place + 4)
    )


def _unpack(x: Loader, place: int) -> None:
    x.m.flow.watch(
        x.at(place),
        x.m.items.unpack,
        x.text(place + 1),
        x.at(place + 2),
        x.site(place + 3),
    )


def _slice(x: Loader, place: int) -> None:
    start, stop = x.code[place + 1], x.code[place + 2]
    x.m.flow.watch(x.at(place), x.m.items.slice, start, stop, x.at(place + 3))


def _iterate(x: Loader, place: int) -> None:
    x.m.items.iterate(x.at(place), x.at(place + 1), x.site(place + 2))


def _enter(x: Loader, place: int) -> None:
    x.m.flow.watch(
        x.at(place), x.m.calls.entered, x.at(place + 1), x.site(place + 2)
    )


def _call(x: Loader, place: int) -> None:
    call = x.call(place + 1)
    x.m.flow.watch(x.at(place), x.m.calls.apply, call, -1, late=True)
    x.m.note_decorated(call)


def _method(x: Loader, place: int) -> None:
    x.m.attributes.call(x.at(place), x.text(place + 1), x.call(place + 2))


def _raise(x: Loader, place: int) -> None:
    x.m.flow.watch(x.at(place), x.m.calls.raised, x.site(place + 1), late=True)


def _catch(x: Loader, place: int) -> None:
    x.m.flow.watch(x.at(place), x.m.calls.caught, x.at(place + 1))


def _super(x: Loader, place: int) -> None:
    x.m.called(x.site(place + 3), "builtins.super")
    x.m.flow.watch(
        x.at(place), _super_of, x.m, x.at(place + 1), x.at(place + 2)
    )


def _super_of(class_: int, m: Machine, receiver: int, target: int) -> None:
    if m.kind(class_) == Kind.CLASS:
        m.flow.watch(receiver, _super_for, m, class_, target)


def _super_for(receiver: int, m: Machine, class_: int, target: int) -> None:
    if m.kind(receiver) in (Kind.INSTANCE, Kind.CLASS):
        proxy = m.objects.derive(Kind.SUPER, class_, receiver)
        m.flow.add(target, (proxy,))


def _update(x: Loader, place: int) -> None:
    x.m.flow.watch(x.at(place), x.m.items.update, x.at(place + 1))


def _extend(x: Loader, place: int) -> None:
    x.m.flow.watch(x.at(place), x.m.items.extend, x.at(place + 1))


def _concatenate(x: Loader, place: int) -> None:
    target = x.at(place + 2)
    for offset, left in ((0, True), (1, False)):
        x.m.flow.watch(
            x.at(place + offset), x.m.items.concatenate, left, target
        )


_DEFINITIONS: dict[int, Reader] = {
    Op.FUNCTION: _function,
    Op.CLASS: _class,
    Op.CONTAINER: _container,
    Op.MODULE: _module,
    Op.STARS: _stars,
    Op.ALL: _all,
    Op.METHOD_OF: _method_of,
}
_CONSTRAINTS: dict[int, Callable[[Loader, int], None]] = {
    Op.COPY: _copy,
    Op.OBJECT: _object,
    Op.CONSTANT: _constant,
    Op.BUILTIN: _builtin,
    Op.IMPORT: _import,
    Op.STAR_NAME: _star_name,
    Op.GET_ATTRIBUTE: _get_attribute,
    Op.SET_ATTRIBUTE: _set_attribute,
    Op.GET_ITEM: _get_item,
    Op.SET_ITEM: _set_item,
    Op.UNPACK: _unpack,
    Op.SLICE: _slice,
    Op.ITERATE: _iterate,
    Op.ENTER: _enter,
    Op.CALL: _call,
    Op.METHOD: _method,
    Op.RAISE: _raise,
    Op.CATCH: _catch,
    Op.SUPER: _super,
    Op.UPDATE: _update,
    Op.EXTEND: _extend,
    Op.CONCATENATE: _concatenate,
}
_SIZES = {
    Op.COPY: 3,
    Op.OBJECT: 3,
    Op.CONSTANT: 4,
    Op.BUILTIN: 3,
    Op.IMPORT: 4,
    Op.STAR_NAME: 3,
    Op.GET_ATTRIBUTE: 5,
    Op.SET_ATTRIBUTE: 4,
    Op.GET_ITEM: 6,
    Op.SET_ITEM: 6,
    Op.UNPACK: 5,
    Op.SLICE: 5,
    Op.ITERATE: 4,
    Op.ENTER: 4,
    Op.CALL: 6,
    Op.METHOD: 7,
    Op.RAISE: 3,
    Op.CATCH: 3,
    Op.SUPER: 5,
    Op.UPDATE: 3,
    Op.EXTEND: 3,
    Op.CONCATENATE: 4,
}


def load(
    machine: Machine, tables: Sequence[tuple[str, FlowTable]]
) -> list[tuple[int, int, int]]:
    """Load all files; return every method, its class and its descriptor."""
    loaders = []
    for module, table in tables:
        first = len(machine.callees)
        count = len(table.site_start)
        machine.callees.extend([None] * count)
        machine.made.extend([None] * count)
        thing = machine.modules.declare(module)
        machine.site_module.extend([thing] * count)
        loaders.append(Loader(machine, module, table, first))
    for loader in loaders:
        loader.define()
    for loader in loaders:
        loader.constrain()
    return [method for loader in loaders for method in loader.methods]
