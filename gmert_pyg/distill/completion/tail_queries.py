"""Heads and relations whose tails are asked for, and the answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.distill.completion.leaf_groups import LeafGroups

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TailQueries:
    r"""Pairs of a head and a relation, each asking for a tail.

    Args:
        graph: :math:`[Q]`, the graph that each is asked of; ascending.
        first_root: :math:`[Q]`, the first root of the head in that graph.
        num_roots: :math:`[Q]`, the number of roots of the head.
        relation: :math:`[Q]`, relation ids.
    """

    graph: IntArray
    first_root: IntArray
    num_roots: IntArray
    relation: IntArray

    @classmethod
    def of_rows(cls, rows: Sequence[tuple[int, int, int, int]]) -> TailQueries:
        """Return queries from rows (graph, first root, roots, relation)."""
        table = np.array(rows, np.int64).reshape(-1, 4)
        return cls(*np.ascontiguousarray(table.T))

    def __len__(self) -> int:
        return len(self.graph)

    def part(self, first: int, stop: int) -> TailQueries:
        """Return the queries from `first` to before `stop`."""
        which = slice(first, stop)
        return TailQueries(
            self.graph[which],
            self.first_root[which],
            self.num_roots[which],
            self.relation[which],
        )

    def drafts(
        self, query: IntArray, tokens: Sequence[Sequence[int]]
    ) -> LeafGroups:
        """Return groups of leaves that ask queries.

        Args:
            query: the query of each, ascending.
            tokens: the tokens of each, the mask token where one is asked for.
        """
        return LeafGroups(
            self.graph[query],
            self.first_root[query],
            self.num_roots[query],
            self.relation[query],
            np.array([len(draft) for draft in tokens], np.int64),
            np.array([t for draft in tokens for t in draft], np.int64),
        )


@dataclass(frozen=True, slots=True)
class TailAnswer:
    r"""A tail that a model wrote.

    Args:
        tail: its tokens :math:`t_1, \ldots, t_l`.
        log_probability: :math:`\log P(l \mid r) + \sum_i \log P(t_i)`, each
            token given those that were known when it was chosen.
        score: what answers are ranked by, :math:`\log_probability / l^{\alpha}`
            with the length penalty :math:`\alpha` of the decoder.
    """

    tail: tuple[int, ...]
    log_probability: float
    score: float

    @property
    def probability(self) -> float:
        """The probability of the tail and its length."""
        return math.exp(self.log_probability)
