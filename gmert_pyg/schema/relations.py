"""Relations with their domains and ranges, and lists of them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from gmert_pyg.whole_output import whole_file


class EntityKind(StrEnum):
    """What a name in a program stands for."""

    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"
    METHOD = "method"
    PARAMETER = "parameter"
    VARIABLE = "variable"
    TYPE = "type"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation, the kinds its heads may have and those its tails may have.

    Args:
        name: its name, unique within a schema.
        domain: the kinds that a head may have.
        range: the kinds that a tail may have.
    """

    name: str
    domain: frozenset[EntityKind]
    range: frozenset[EntityKind]

    @classmethod
    def of(
        cls, name: str, domain: Iterable[str], range: Iterable[str]
    ) -> Relation:
        """Make a relation from the names of kinds.

        Raises:
            ValueError: if a kind is none of `EntityKind`.
        """
        return cls(name, _kinds("domain", domain), _kinds("range", range))


@dataclass(frozen=True, slots=True)
class Schema:
    """A closed, versioned list of relations whose ids are their positions.

    Args:
        name: the schema's name.
        version: raised whenever the meaning or the order of the ids changes.
        relations: knowledge-graph relations; relation `i` has id `i`.
        occurrences: names of the relations between token occurrences.

    Raises:
        ValueError: if there is no relation, or if one has no name or that of
            another.
    """

    name: str
    version: int
    relations: tuple[Relation, ...]
    occurrences: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [*self.relation_names, *self.occurrences]
        if len(set(names)) != len(names):
            raise ValueError(f"'relations' must be named apart (got {names})")
        if not self.relations:
            raise ValueError("'relations' must not be empty (got none)")
        if not all(isinstance(name, str) and name for name in names):
            raise ValueError(f"'relations' must be named (got {names})")

    def __repr__(self) -> str:
        # Sets print in another order in every process, and at length.
        return (
            f"Schema(name='{self.name}', version={self.version},"
            f" relations={list(self.relation_names)})"
        )

    @property
    def num_relations(self) -> int:
        """The number R of knowledge-graph relations."""
        return len(self.relations)

    @property
    def mask_relation(self) -> int:
        """The edge type of a relation that masked node modelling hides."""
        return len(self.relations)

    @property
    def num_edge_types(self) -> int:
        """All edge types a graph can hold, the MASK relation included."""
        return len(self.relations) + 1 + len(self.occurrences)

    @property
    def relation_names(self) -> tuple[str, ...]:
        """The names of the knowledge-graph relations, by id."""
        return tuple(relation.name for relation in self.relations)

    def relation_id(self, name: str) -> int:
        """Return the edge type of the relation or occurrence called `name`.

        Raises:
            ValueError: if the schema has no such relation.
        """
        if name in self.relation_names:
            return self.relation_names.index(name)
        if name in self.occurrences:
            return self.num_relations + 1 + self.occurrences.index(name)
        raise ValueError(
            f"'name' must be a relation of schema '{self.name}' (got '{name}')"
        )

    def admits(
        self, relation_id: int, head: EntityKind, tail: EntityKind
    ) -> bool:
        """Tell whether a triple respects the relation's domain and range."""
        relation = self.relations[relation_id]
        return head in relation.domain and tail in relation.range

    def to_dict(self) -> dict[str, Any]:
        """Return the schema as JSON-serialisable data."""
        return {
            "name": self.name,
            "version": self.version,
            "relations": [
                {
                    "name": relation.name,
                    "domain": sorted(relation.domain),
                    "range": sorted(relation.range),
                }
                for relation in self.relations
            ],
            "occurrences": list(self.occurrences),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Schema:
        """Rebuild a schema from what `to_dict` returned.

        Raises:
            ValueError: if a key is missing or holds the wrong type.
        """
        try:
            return cls(
                name=data["name"],
                version=data["version"],
                relations=tuple(
                    Relation.of(entry["name"], entry["domain"], entry["range"])
                    for entry in data["relations"]
                ),
                occurrences=tuple(data.get("occurrences", ())),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(
                "'data' must have 'name', 'version' and 'relations', each of"
                f" those with 'name', 'domain' and 'range' (got {error!r})"
            ) from error

    def to_json(self, path: str | os.PathLike[str]) -> None:
        """Write the schema to a JSON file."""
        text = json.dumps(self.to_dict(), indent=2)
        with whole_file(path) as temporary:
            temporary.write_text(f"{text}\n", encoding="utf-8")

    @classmethod
    def from_json(cls, path: str | os.PathLike[str]) -> Schema:
        """Read a schema from a JSON file.

        Raises:
            ValueError: if the file holds no schema.
        """
        try:
            data = json.loads(Path(path).read_text(encoding="utf-8"))
            return cls.from_dict(data)
        except ValueError as error:
            raise ValueError(
                f"'path' must be the JSON of a schema (got '{path}': {error})"
            ) from error


def _kinds(argument: str, kinds: Iterable[str]) -> frozenset[EntityKind]:
    kinds, known = tuple(kinds), frozenset(EntityKind)
    unknown = [kind for kind in kinds if kind not in known]
    if unknown:
        raise ValueError(
            f"'{argument}' must hold kinds of {sorted(known)} (got {unknown})"
        )
    return frozenset(EntityKind(kind) for kind in kinds)
