"""From the instructions of all files to the constraints of a project."""

from __future__ import annotations

from collections.abc import Sequence

from gmert_pyg.kg.flow.constraint_readers import CONSTRAINTS
from gmert_pyg.kg.flow.definition_readers import DEFINITIONS
from gmert_pyg.kg.flow.machine import Call, Machine
from gmert_pyg.kg.flow.objects import Kind
from gmert_pyg.parsing.flow import FlowTable, KeyKind, Op

_SIZES: dict[int, int] = {
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
"""How long the instructions are, without what repeats in calls."""


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
        sizes, readers = _SIZES, DEFINITIONS
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
        code, readers = self.code, CONSTRAINTS
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
