"""From the facts of single files to the triples of a project."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.kg.admission import Admission
from gmert_pyg.kg.columns import Evidence, IntArray, Triples
from gmert_pyg.kg.entities import EntityTable
from gmert_pyg.kg.extended import overriding_methods, raised_class
from gmert_pyg.kg.resolver import Resolver
from gmert_pyg.parsing import ModuleFacts
from gmert_pyg.parsing.columns import (
    RELATION_CODES,
    RESOLUTION_CODES,
    RESOLUTIONS,
)
from gmert_pyg.schema import DEFAULT_SCHEMA, EntityKind, Schema

_CALLS = RELATION_CODES["calls"]
_INSTANTIATES = RELATION_CODES["instantiates"]
_INHERITS = RELATION_CODES["inherits"]
_TYPES = (RELATION_CODES["has_type"], RELATION_CODES["returns"])
_FLOWS = RELATION_CODES["flows_to"]
_RAISES = RELATION_CODES["raises"]
_DOCUMENTED = RELATION_CODES["documented_by"]
# Their tails are what a name stands for, not the variable of that name.
_APPLIED = (
    _CALLS,
    _INSTANTIATES,
    _INHERITS,
    RELATION_CODES["decorated_by"],
    RELATION_CODES["awaits"],
)
_CONFIDENCE = np.array(list(RESOLUTIONS.values()), np.float32)
_BOUND = (EntityKind.VARIABLE, EntityKind.PARAMETER)


class Linker:
    """Resolves the paths of all files, and builds the columns.

    Args:
        modules: the facts of all files.
        schema: the relations to keep. (default: the twelve of code)
    """

    def __init__(
        self,
        modules: Sequence[ModuleFacts],
        schema: Schema = DEFAULT_SCHEMA,
    ) -> None:
        self.modules = modules
        self.entities = EntityTable(modules)
        self.resolver = Resolver(modules, self.entities)
        self.admission = Admission(schema)
        self.dropped: dict[str, int] = {}

    def mentions(self) -> list[tuple[IntArray, IntArray, IntArray]]:
        """Return the starts, ends and entities of every file's mentions."""
        columns = []
        for facts in self.modules:
            table = facts.mentions
            target = _array(table.target)
            used, place = np.unique(target, return_inverse=True)
            entity = np.array(
                [self.resolver.entity(table.paths[code]) for code in used],
                np.int32,
            )
            columns.append(
                (_array(table.start), _array(table.end), entity[place])
            )
        return columns

    def triples(self) -> tuple[Triples, Evidence]:
        """Return all triples that the schema admits, and their evidence."""
        columns = [
            self._of_module(number, facts)
            for number, facts in enumerate(self.modules)
        ]
        if self.admission.has("overrides"):
            methods = overriding_methods(self.resolver)
            methods[:, 1] = self.admission.ids(["overrides"])
            columns.append(methods)
        rows = (
            np.concatenate(columns) if columns else np.empty((0, 8), np.int32)
        )
        head, relation, tail = rows[:, 0], rows[:, 1], rows[:, 2]
        kinds = [entity.kind for entity in self.entities.items]
        admitted = self.admission.admits(kinds, head, relation, tail)
        self.dropped = self.admission.count(relation[~admitted])
        return _deduplicate(rows[admitted & (head != tail)])

    def _of_module(self, number: int, facts: ModuleFacts) -> NDArray[np.int32]:
        table = facts.facts
        names = table.relation_names
        relations = _array(table.relation)
        kept = np.flatnonzero(self.admission.wanted(names)[relations])
        rows = np.empty((len(kept), 8), np.int32)
        for column, values in (
            (4, table.start),
            (5, table.end),
            (6, table.line),
            (7, table.resolution),
        ):
            rows[:, column] = _array(values)[kept]
        rows[:, 3] = number
        paths = table.paths
        memo: dict[tuple[int, int], tuple[int, int, int | None]] = {}
        heads: dict[int, int] = {}
        keys = zip(
            _array(table.head)[kept].tolist(),
            relations[kept].tolist(),
            _array(table.tail)[kept].tolist(),
            strict=True,
        )
        for row, (head, relation, tail) in enumerate(keys):
            if head not in heads:
                heads[head] = self.resolver.entity(paths[head])
            key = (relation, tail)
            if key not in memo:
                memo[key] = self._tail(
                    relation, paths[tail], facts.language == "python"
                )
            linked = memo[key]
            rows[row, 0] = heads[head]
            rows[row, 1] = linked[0]
            rows[row, 2] = linked[1]
            if linked[2] is not None:
                rows[row, 7] = linked[2]
        rows[:, 1] = self.admission.ids(names)[rows[:, 1]]
        return rows[(rows[:, 1] >= 0) & (rows[:, 2] >= 0)]

    def _tail(
        self, relation: int, path: str, calls_make: bool
    ) -> tuple[int, int, int | None]:
        """Return the relation, the tail and its resolution, if it changed.

        Args:
            relation: the relation of a fact.
            path: the path of its tail.
            calls_make: whether a call of what has a class's name makes one.
        """
        resolver = self.resolver
        if relation in _TYPES:
            return relation, *self._type(path)
        if relation == _RAISES:
            return relation, *raised_class(resolver, path)
        if relation == _DOCUMENTED:
            return relation, self.entities.documentation(path), None
        tail = resolver.entity(path)
        how = resolver.how.get(path)
        if relation in _APPLIED or relation == _FLOWS:
            kind = self.entities.items[tail].kind
            other = None
            if kind is EntityKind.MODULE:
                other = resolver.alias_of(tail)
            elif kind in _BOUND and relation != _FLOWS:
                other = resolver.value_of(tail)
            if other is not None:
                tail, how = other, "assigned"
            if relation == _CALLS and resolver.is_class(tail):
                is_known = self.entities.items[tail].kind is EntityKind.CLASS
                if calls_make or is_known:
                    relation = _INSTANTIATES
        return relation, tail, RESOLUTION_CODES[how] if how else None

    def _type(self, path: str) -> tuple[int, int | None]:
        found = self.resolver.resolve(path)
        if path.endswith("()"):
            # A call states a type only if what it gives is known.
            if found is None:
                return -1, None
            callee = self.resolver.resolve(path[:-2])
            made = callee is not None and self.resolver.is_class(callee)
            return found, None if made else RESOLUTION_CODES["return"]
        if found is not None:
            kind = self.entities.items[found].kind
            if kind in _BOUND:
                value = self.resolver.value_of(found)
                if value is not None and self.resolver.is_class(value):
                    return value, RESOLUTION_CODES["assigned"]
            elif kind is EntityKind.MODULE:
                found = self.resolver.alias_of(found)
                if found is not None and self.resolver.is_class(found):
                    return found, None
            else:
                return found, None
        # A type variable, say: what is written is all there is to state.
        name = path.rpartition(".")[2].lstrip("?")
        return self.entities.type(name), None


def _array(values: object) -> NDArray[np.int32]:
    return np.array(values, np.int32)


def _deduplicate(rows: NDArray[np.int32]) -> tuple[Triples, Evidence]:
    """Keep one triple of equal ones, and all places that state it."""
    # Stable from the last key to the first: by triple, then by place.
    order = np.lexsort(
        (rows[:, 4], rows[:, 3], rows[:, 2], rows[:, 1], rows[:, 0])
    )
    rows = rows[order]
    new = np.ones(len(rows), bool)
    new[1:] = (rows[1:, :3] != rows[:-1, :3]).any(1)
    again = np.zeros(len(rows), bool)
    again[1:] = ~new[1:] & (rows[1:, 3:5] == rows[:-1, 3:5]).all(1)
    rows, new = rows[~again], new[~again]
    first = np.flatnonzero(new)
    pointers = np.append(first, len(rows)).astype(np.int64)
    evidence = Evidence(
        pointers, rows[:, 3].copy(), rows[:, 4].copy(), rows[:, 5].copy()
    )
    kept = rows[first].T.copy()
    resolution = kept[7].astype(np.int8)
    head, relation, tail, module, start, end, line = kept[:7]
    triples = Triples(
        head,
        relation,
        tail,
        module,
        start,
        end,
        line,
        resolution,
        _CONFIDENCE[resolution],
    )
    return triples, evidence
