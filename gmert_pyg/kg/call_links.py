"""What the call graph adds to the names that were resolved one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.kg.entities import EntityTable
from gmert_pyg.kg.flow import CallGraph
from gmert_pyg.parsing import ModuleFacts
from gmert_pyg.parsing.columns import RELATION_CODES, RESOLUTION_CODES
from gmert_pyg.parsing.flow import FlowTable
from gmert_pyg.parsing.python.scopes import BUILTIN_TYPES
from gmert_pyg.schema import EntityKind

MAX_CALLEES = 4
"""Call sites with more callees than these are taken for unresolved."""

_CALLS = RELATION_CODES["calls"]
_INSTANTIATES = RELATION_CODES["instantiates"]
_CALLABLE = (EntityKind.FUNCTION, EntityKind.METHOD)
_FLOW = RESOLUTION_CODES["flow"]
_ONE_OF_MANY = RESOLUTION_CODES["flow-set"]
_GUESSES = (RESOLUTION_CODES["unique-name"], RESOLUTION_CODES["name"])


class CallLinks:
    """The entities that the call sites of a project call.

    Only functions, methods and classes of the project count, and methods of
    built-in types: names of what lies outside are guesses once calls of it are
    followed further.

    Args:
        modules: the facts of all files.
        entities: their entities.
    """

    def __init__(
        self, modules: Sequence[ModuleFacts], entities: EntityTable
    ) -> None:
        self._entities = entities
        graph = CallGraph(modules)
        self._rows: list[NDArray[np.int32]] = []
        self._single: list[dict[int, int]] = []
        first = 0
        for number, facts in enumerate(modules):
            last = first + len(facts.flow.site_start)
            rows: list[tuple[int, ...]] = []
            single: dict[int, int] = {}
            for place, targets in self._targets(
                facts.flow, graph.callees[first:last], graph.made[first:last]
            ):
                self._add(rows, single, number, facts.flow, place, targets)
            table = np.array(rows, np.int32).reshape(len(rows), 8)
            self._rows.append(table)
            self._single.append(single)
            first = last

    def _targets(
        self,
        table: FlowTable,
        callees: list[dict[str, None] | None],
        made: list[dict[str, None] | None],
    ) -> Iterator[tuple[int, list[tuple[int, int]]]]:
        """Yield sites, with the relation and entity of what each calls."""
        starts = table.site_start
        for place, (called, classes) in enumerate(
            zip(callees, made, strict=True)
        ):
            if starts[place] < 0 or (called is None and classes is None):
                continue
            found = [(_INSTANTIATES, name) for name in classes or ()]
            found += [(_CALLS, name) for name in called or ()]
            if len(found) <= 2 * MAX_CALLEES:
                targets = [
                    (relation, entity)
                    for relation, name in found
                    if (entity := self._entity(relation, name)) >= 0
                ]
                if targets:
                    yield place, targets

    def _entity(self, relation: int, name: str) -> int:
        known = self._entities.ids.get(name)
        if known is not None and known < self._entities.num_defined:
            kind = self._entities.items[known].kind
            is_class = kind is EntityKind.CLASS
            fits = is_class if relation == _INSTANTIATES else kind in _CALLABLE
            return known if fits else -1
        parts = name.split(".")
        native = parts[0] == "builtins" and len(parts) == 3
        if native and parts[1] in BUILTIN_TYPES:
            return self._entities.external(name)
        return -1

    def _add(
        self,
        rows: list[tuple[int, ...]],
        single: dict[int, int],
        number: int,
        table: FlowTable,
        place: int,
        targets: list[tuple[int, int]],
    ) -> None:
        classes = [e for relation, e in targets if relation == _INSTANTIATES]
        functions = [e for relation, e in targets if relation == _CALLS]
        if classes:
            # That a class is made says that its initialiser runs.
            functions = [e for e in functions if not self._makes(e)]
        if max(len(classes), len(functions)) > MAX_CALLEES:
            return
        named = classes if classes else functions
        start, end = table.site_start[place], table.site_end[place]
        if len(named) == 1 and table.site_named[place]:
            single[start] = named[0]
        how = _FLOW if len(named) == 1 else _ONE_OF_MANY
        owner = self._entities.ids.get(table.paths[table.site_owner[place]])
        if owner is not None:
            line = table.site_line[place]
            rows += [
                (owner, relation, entity, number, start, end, line, how)
                for relation, group in (
                    (_INSTANTIATES, classes),
                    (_CALLS, functions),
                )
                for entity in group
                if entity < self._entities.num_defined
            ]

    def _makes(self, entity: int) -> bool:
        return self._entities.items[entity].name in ("__init__", "__new__")

    def entities_at(
        self, number: int, starts: NDArray[np.int32]
    ) -> NDArray[np.int32]:
        """Return the one entity that is called at each place, or -1.

        Args:
            number: the number of a file.
            starts: where the names of callees start in it.
        """
        single = self._single[number]
        found = [single.get(start, -1) for start in starts.tolist()]
        return np.array(found, np.int32)

    def correct(
        self, number: int, rows: NDArray[np.int32]
    ) -> NDArray[np.int32]:
        """Return the facts of a file with its call sites as the graph has them.

        A guess by name alone gives way where the graph knows the callee; what
        names do not resolve is added.

        Args:
            number: the number of the file.
            rows: head, relation, tail, file, start, end, line and resolution.
        """
        found = self._rows[number]
        calls = np.isin(rows[:, 1], (_CALLS, _INSTANTIATES))
        guessed = calls & np.isin(rows[:, 7], _GUESSES)
        known = np.isin(rows[:, 4], found[:, 4])
        rows, calls = rows[~(guessed & known)], calls[~(guessed & known)]
        keys = rows[calls][:, [0, 1, 2, 4]]
        new = ~_is_in(found[:, [0, 1, 2, 4]], keys)
        return np.concatenate([rows, found[new]])


def _is_in(
    rows: NDArray[np.int32], others: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Tell which rows of a table stand in another, too."""
    known = set(map(tuple, others.tolist()))
    return np.array([tuple(row) in known for row in rows.tolist()], bool)
