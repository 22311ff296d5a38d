"""Which of the facts that files state a schema keeps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.parsing.columns import RELATION_CODES
from gmert_pyg.schema import EntityKind, Schema

_KINDS = tuple(EntityKind)
_NUMBERS = {kind: number for number, kind in enumerate(_KINDS)}
_CALLS = RELATION_CODES["calls"]


class Admission:
    """Translates the relations of facts to the ids of a schema.

    Args:
        schema: the schema.
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._ids = {name: i for i, name in enumerate(schema.relation_names)}
        self._admits = np.array(
            [
                [
                    [schema.admits(r, head, tail) for tail in _KINDS]
                    for head in _KINDS
                ]
                for r in range(schema.num_relations)
            ]
        )

    def ids(self, names: Sequence[str]) -> NDArray[np.int32]:
        """Return the ids of relations, -1 for those the schema has not."""
        return np.array([self._ids.get(name, -1) for name in names], np.int32)

    def wanted(self, names: Sequence[str]) -> NDArray[np.bool_]:
        """Tell which relations of facts can become one of the schema."""
        wanted = self.ids(names) >= 0
        # A call of a class is known as such only when it is linked.
        wanted[_CALLS] |= "instantiates" in self._ids
        return wanted

    def has(self, name: str) -> bool:
        """Tell whether the schema has a relation of that name."""
        return name in self._ids

    def admits(
        self,
        kinds: Sequence[EntityKind],
        head: NDArray[np.int32],
        relation: NDArray[np.int32],
        tail: NDArray[np.int32],
    ) -> NDArray[np.bool_]:
        """Tell which triples respect the domain and range of their relation.

        Args:
            kinds: the kinds of all entities.
            head: the heads, as entity ids.
            relation: the relations, as ids of the schema.
            tail: the tails, as entity ids.
        """
        kind = np.array([_NUMBERS[kind] for kind in kinds], np.int8)
        admitted: NDArray[np.bool_] = self._admits[
            relation, kind[head], kind[tail]
        ]
        return admitted

    def count(self, relation: NDArray[np.int32]) -> dict[str, int]:
        """Count relations, by name; leave out those that are not there."""
        counts = np.bincount(relation, minlength=self.schema.num_relations)
        names = self.schema.relation_names
        return {
            name: int(count)
            for name, count in zip(names, counts, strict=True)
            if count
        }
