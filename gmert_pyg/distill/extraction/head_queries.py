"""Which heads and relations the chunks of a file ask for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.injection.candidates import Heads
from gmert_pyg.distill.completion.tail_queries import TailQueries
from gmert_pyg.kg import CodeKG

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

Mentions = Literal["all", "first"]


@dataclass(frozen=True, slots=True)
class HeadQueries:
    """Queries, and the mention that each asks for.

    Args:
        queries: the queries, by graph.
        mention: :math:`[Q]`, positions in the heads of the file.
    """

    queries: TailQueries
    mention: IntArray


class Asker:
    """Asks for the tails that the mentions of a project may have.

    A mention of an entity is asked for every relation whose domain admits the
    entity's kind. What nothing resolves has no kind, and is not asked for.

    Args:
        kg: the knowledge graph.
        relations: the names of the relations to ask for. (default: all)
        mentions: whether every mention of an entity is asked, or the first in
            each chunk. (default: :obj:`"all"`)

    Raises:
        ValueError: if the schema has no relation of a name, or `mentions` is
            none of these.
    """

    def __init__(
        self,
        kg: CodeKG,
        relations: Collection[str] | None = None,
        mentions: Mentions = "all",
    ) -> None:
        if mentions not in ("all", "first"):
            raise ValueError(
                f"'mentions' must be 'all' or 'first' (got '{mentions}')"
            )
        names = kg.schema.relation_names
        for name in relations or ():
            if name not in names:
                raise ValueError(
                    f"'relations' must be some of {', '.join(names)} (got"
                    f" '{name}')"
                )
        self.mentions = mentions
        wanted = np.array([not relations or n in relations for n in names])
        kinds = [entity.kind for entity in kg.entities]
        admits = {
            kind: [kind in relation.domain for relation in kg.schema.relations]
            for kind in set(kinds)
        }
        resolved = np.array(
            [not e.qualified_name.startswith("?.") for e in kg.entities], bool
        )
        asked = np.array([admits[kind] for kind in kinds], bool)
        # By entity and relation.
        self._asked: BoolArray = (
            asked.reshape(-1, len(names)) & wanted & resolved[:, None]
        )

    def __call__(self, heads: Heads) -> HeadQueries:
        """Ask for the mentions of a file.

        Args:
            heads: the mentions, by graph and place in it.
        """
        mention = np.arange(len(heads.entity))
        if self.mentions == "first" and len(mention):
            pairs = np.stack([heads.window, heads.entity])
            mention = np.sort(np.unique(pairs, axis=1, return_index=True)[1])
        place, relation = np.nonzero(self._asked[heads.entity[mention]])
        mention = mention[place]
        return HeadQueries(
            TailQueries(
                heads.window[mention],
                heads.first[mention],
                heads.length[mention],
                relation.astype(np.int64),
            ),
            mention,
        )
