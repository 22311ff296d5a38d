"""Mentions and facts as columns: a tenth of the size of a list of objects."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import overload

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.schema import DEFAULT_SCHEMA, EXTENDED_SCHEMA

RESOLUTIONS: dict[str, float] = {
    "scope": 1.0,
    "import": 1.0,
    "builtin": 1.0,
    "annotation": 0.95,
    "self": 0.95,
    "super": 0.95,
    "constructor": 0.9,
    "literal": 0.9,
    "assigned": 0.8,
    "return": 0.8,
    "attribute": 0.7,
    "inherited": 0.9,
    "star": 0.9,
    "external-base": 0.7,
    "unique-name": 0.5,
    "name": 0.3,
    "extractor": 0.8,
    "jedi": 0.8,
}
"""How a name can be resolved, and how far that is to be believed."""

RESOLUTION_CODES = {name: code for code, name in enumerate(RESOLUTIONS)}
RELATION_CODES = {
    name: code for code, name in enumerate(EXTENDED_SCHEMA.relation_names)
}
"""The relations that a file's facts state, whatever schema keeps them.

Codes beyond these count a table's own relations, those of extractors.
"""

_RELATION_NAMES = tuple(RELATION_CODES)
OCCURRENCE_CODES = {
    name: code for code, name in enumerate(DEFAULT_SCHEMA.occurrences)
}
_RESOLUTION_NAMES = tuple(RESOLUTIONS)


@dataclass(slots=True)
class Mention:
    """An occurrence of an identifier.

    Args:
        start: where it starts, in characters.
        end: where it ends.
        target: the path of what it names.
    """

    start: int
    end: int
    target: str


@dataclass(slots=True)
class Fact:
    """A triple, with the characters it was read from.

    Args:
        head: the path of its head.
        relation: a relation of the extended schema, or of an extractor.
        tail: the path of its tail.
        start: where its evidence starts: the tail's mention, or the name of
            the definition if the evidence is structural.
        end: where its evidence ends.
        line: the line of `start`, from 1.
        resolution: how the tail was resolved, one of `RESOLUTIONS`.
        confidence: how far that is to be believed, in (0, 1].
    """

    head: str
    relation: str
    tail: str
    start: int
    end: int
    line: int
    resolution: str
    confidence: float


def _ints() -> array[int]:
    return array("i")


@dataclass(slots=True)
class MentionTable(Sequence[Mention]):
    """A sequence of `Mention`, held as columns.

    Args:
        paths: the distinct paths; shared with the file's `FactTable`.
        start: where each mention starts.
        end: where it ends.
        target: the position of its path in `paths`.
    """

    paths: list[str]
    start: array[int] = field(default_factory=_ints)
    end: array[int] = field(default_factory=_ints)
    target: array[int] = field(default_factory=_ints)

    def __len__(self) -> int:
        return len(self.start)

    @overload
    def __getitem__(self, item: int) -> Mention: ...

    @overload
    def __getitem__(self, item: slice) -> list[Mention]: ...

    def __getitem__(self, item: int | slice) -> Mention | list[Mention]:
        if isinstance(item, slice):
            return [self[i] for i in range(*item.indices(len(self)))]
        return Mention(
            self.start[item], self.end[item], self.paths[self.target[item]]
        )

    def __iter__(self) -> Iterator[Mention]:
        return (self[i] for i in range(len(self)))


@dataclass(slots=True)
class FactTable(Sequence[Fact]):
    """A sequence of `Fact`, held as columns.

    Args:
        paths: the distinct paths; shared with the file's `MentionTable`.
        head: the position of each head in `paths`.
        relation: its position in `RELATION_CODES` and, behind them, in
            `own_relations`.
        tail: the position of its tail in `paths`.
        start: where its evidence starts.
        end: where its evidence ends.
        line: the line of `start`.
        resolution: the position of its resolution in `RESOLUTIONS`.
        own_relations: names of relations that only extractors know.
    """

    paths: list[str]
    head: array[int] = field(default_factory=_ints)
    relation: array[int] = field(default_factory=_ints)
    tail: array[int] = field(default_factory=_ints)
    start: array[int] = field(default_factory=_ints)
    end: array[int] = field(default_factory=_ints)
    line: array[int] = field(default_factory=_ints)
    resolution: array[int] = field(default_factory=_ints)
    own_relations: list[str] = field(default_factory=list)

    @property
    def relation_names(self) -> tuple[str, ...]:
        """The names that the numbers in `relation` stand for."""
        return (*_RELATION_NAMES, *self.own_relations)

    def __len__(self) -> int:
        return len(self.head)

    @overload
    def __getitem__(self, item: int) -> Fact: ...

    @overload
    def __getitem__(self, item: slice) -> list[Fact]: ...

    def __getitem__(self, item: int | slice) -> Fact | list[Fact]:
        if isinstance(item, slice):
            return [self[i] for i in range(*item.indices(len(self)))]
        resolution = _RESOLUTION_NAMES[self.resolution[item]]
        return Fact(
            self.paths[self.head[item]],
            self.relation_names[self.relation[item]],
            self.paths[self.tail[item]],
            self.start[item],
            self.end[item],
            self.line[item],
            resolution,
            RESOLUTIONS[resolution],
        )

    def __iter__(self) -> Iterator[Fact]:
        return (self[i] for i in range(len(self)))


@dataclass(slots=True)
class OccurrenceTable:
    """Edges between the identifiers of a file, as columns, without repeats.

    Args:
        source: where the identifier starts that an edge leads from; ascending.
        target: where the one starts that it leads to.
        kind: the position of its relation in the schema's `occurrences`.
    """

    source: array[int] = field(default_factory=_ints)
    target: array[int] = field(default_factory=_ints)
    kind: array[int] = field(default_factory=_ints)

    def __len__(self) -> int:
        return len(self.source)

    @classmethod
    def from_edges(cls, edges: NDArray[np.int64]) -> OccurrenceTable:
        """Sort edges, given as rows of source, target and kind."""
        edges = edges[np.lexsort(edges.T[::-1])]
        new = np.ones(len(edges), bool)
        new[1:] = (edges[1:] != edges[:-1]).any(axis=1)
        return cls(*(array("i", column.tolist()) for column in edges[new].T))
