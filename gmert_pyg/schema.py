"""Relation schemas: which typed facts about code a graph may state.

A schema is data. Ids are positions in its tuples, frozen by `version`: a model
or a dataset stores the schema it was made with, and refuses another one.

Edge types of a `ChainGraph` built with a schema of R relations:

====================  =======================================================
``0 .. R-1``          knowledge-graph relations, from a head root to a leaf
``R``                 the MASK relation of masked node modelling
``R+1 .. R+O``        occurrence relations, from root to root
====================  =======================================================
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


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


@dataclass(frozen=True, slots=True)
class Schema:
    """A closed, versioned list of relations whose ids are their positions.

    Args:
        name: the schema's name.
        version: raised whenever the meaning or the order of the ids changes.
        relations: knowledge-graph relations; relation `i` has id `i`.
        occurrences: names of the relations between token occurrences.

    Raises:
        ValueError: if a relation is named twice.
    """

    name: str
    version: int
    relations: tuple[Relation, ...]
    occurrences: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [*self.relation_names, *self.occurrences]
        if len(set(names)) != len(names):
            raise ValueError(f"'relations' must be named apart (got {names})")

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
        """Rebuild a schema from what `to_dict` returned."""
        return cls(
            name=data["name"],
            version=data["version"],
            relations=tuple(
                _relation(entry["name"], entry["domain"], entry["range"])
                for entry in data["relations"]
            ),
            occurrences=tuple(data["occurrences"]),
        )


def _relation(
    name: str, domain: Iterable[str], range_: Iterable[str]
) -> Relation:
    return Relation(
        name,
        frozenset(EntityKind(kind) for kind in domain),
        frozenset(EntityKind(kind) for kind in range_),
    )


_CALLABLE = ("function", "method")
_SCOPE = ("module", "class", *_CALLABLE)
_BOUND = ("variable", "parameter")
_TYPE = ("type", "class", "external")

DEFAULT_SCHEMA = Schema(
    name="code",
    version=1,
    relations=(
        # head (domain) ... tail (range)
        _relation("calls", _SCOPE, (*_CALLABLE, "external")),
        _relation("declares", ("module", *_CALLABLE), ("variable",)),
        _relation("instantiates", _SCOPE, ("class", "external")),
        _relation("contains", _SCOPE, ("class", *_CALLABLE)),
        _relation("has_type", _BOUND, _TYPE),
        _relation("has_field", ("class",), ("variable",)),
        _relation("inherits", ("class",), ("class", "external")),
        _relation("has_parameter", _CALLABLE, ("parameter",)),
        _relation("returns", _CALLABLE, _TYPE),
        _relation(
            "imported_from",
            ("module", "class", *_CALLABLE, "variable", "external"),
            ("module", "external"),
        ),
        _relation("imports", ("module",), ("module", "external")),
        _relation(
            "flows_to", _BOUND, (*_BOUND, *_CALLABLE, "class", "external")
        ),
    ),
    occurrences=(
        "last_use",
        "last_write",
        "computed_from",
        "argument_of",
        "returns_to",
    ),
)
"""The twelve relations of code, and the five relations of occurrences.

calls: the code of the head calls the tail. declares: the head binds the
variable. instantiates: the code of the head constructs the class. contains: the
tail is defined inside the head. has_type: an annotation or a constructor call
gives the head that type. has_field: the class has the attribute. inherits: the
tail is a direct base. has_parameter: the tail is a parameter. returns: the
declared or constructed type of the result. imported_from: the head is taken
from the module. imports: the head imports the module. flows_to: the value of
the head is used to compute the tail variable, or is passed to the tail.
"""
