"""What all ways to write tails have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.distill.completion.group_scores import GroupScorer
from gmert_pyg.distill.completion.tail_lengths import TailLengths
from gmert_pyg.distill.completion.tail_names import TailNames
from gmert_pyg.distill.completion.tail_queries import TailAnswer, TailQueries

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


class TailDecoder(ABC):
    r"""Writes tails of unknown length: lengths :math:`1, \ldots, L` compete.

    An answer :math:`t_1, \ldots, t_l` to a query of relation :math:`r` is
    ranked by

    .. math::
        \frac{1}{l^{\alpha}} \Big( \log P(l \mid r) + \sum_{i=1}^{l} \log
        P(t_i \mid \cdot) \Big),

    each token given the graph and those tokens of the tail that were known when
    it was chosen.

    Args:
        scorer: asks the model.
        lengths: how long tails are; its greatest length is :math:`L`.
        names: by relation, the names that a tail may be; of one without
            names, queries have no answer. (default: any tokens)
        length_penalty: the exponent :math:`\alpha`: 0 ranks by probability, 1
            by that of a token on average. (default: :obj:`0.0`)
        num_answers: the most answers to a query. (default: :obj:`1`)

    Raises:
        ValueError: if `num_answers` is not positive, or the names are not those
            of as many relations as the lengths.
    """

    def __init__(
        self,
        scorer: GroupScorer,
        lengths: TailLengths,
        *,
        names: Sequence[TailNames] | None = None,
        length_penalty: float = 0.0,
        num_answers: int = 1,
    ) -> None:
        if num_answers < 1:
            raise ValueError(
                f"'num_answers' must be positive (got {num_answers})"
            )
        self.scorer = scorer
        self.prior = lengths
        self.names = names
        self.length_penalty = length_penalty
        self.num_answers = num_answers
        num_relations = len(lengths.counts)
        if names is not None and len(names) != num_relations:
            raise ValueError(
                f"'names' must be those of {num_relations} relations (got"
                f" those of {len(names)})"
            )
        possible = np.arange(1, lengths.max_length + 1)
        self._lengths = [
            possible
            if names is None
            else np.intersect1d(possible, names[relation].lengths)
            for relation in range(num_relations)
        ]

    @property
    def mask(self) -> int:
        """The id of the mask token."""
        return self.scorer.mask_token_id

    def __call__(
        self, graphs: Sequence[ChainGraph], queries: TailQueries
    ) -> list[list[TailAnswer]]:
        """Answer queries.

        Args:
            graphs: the graphs that they are asked of.
            queries: the queries.

        Returns:
            The best answers to each query, the best first.
        """
        if not any(len(self._lengths[r]) for r in queries.relation):
            return [[] for _ in queries.relation]
        return self._answer(graphs, queries)

    @abstractmethod
    def _answer(
        self, graphs: Sequence[ChainGraph], queries: TailQueries
    ) -> list[list[TailAnswer]]:
        """Answer queries, at least one of a relation that has names."""

    def _masked(self, queries: TailQueries) -> tuple[IntArray, IntArray]:
        """Return the query and the length of one draft per length."""
        own = [self._lengths[relation] for relation in queries.relation]
        query = np.repeat(np.arange(len(queries)), [len(part) for part in own])
        return query, np.concatenate(own).astype(np.int64)

    def _log_prior(
        self, queries: TailQueries, query: IntArray, length: IntArray
    ) -> FloatArray:
        log_prior: FloatArray = self.prior.log_probability[
            queries.relation[query], length - 1
        ]
        return log_prior

    def _score(
        self, log_probability: FloatArray, length: IntArray
    ) -> FloatArray:
        score: FloatArray = log_probability / length**self.length_penalty
        return score

    def _best(
        self,
        num_queries: int,
        query: IntArray,
        tails: Sequence[Sequence[int]],
        log_probability: FloatArray,
    ) -> list[list[TailAnswer]]:
        """Sort answers by query and score."""
        length = np.array([len(tail) for tail in tails], np.int64)
        score = self._score(log_probability, length)
        answers: list[list[TailAnswer]] = [[] for _ in range(num_queries)]
        for place in np.lexsort((-score, query)).tolist():
            own = answers[query[place]]
            if len(own) < self.num_answers:
                own.append(
                    TailAnswer(
                        tuple(tails[place]),
                        float(log_probability[place]),
                        float(score[place]),
                    )
                )
        return answers


def first_of_each(group: IntArray, score: FloatArray, count: int) -> IntArray:
    """Return the positions of the best `count` entries of every group.

    They come by group, the best first; of equal ones the first.

    Example:
        >>> first_of_each(np.array([1, 0, 1, 1]), np.array([3., 1, 5, 4]), 2)
        array([1, 2, 3])
    """
    order = np.lexsort((-score, group))
    ordered = group[order]
    first = np.searchsorted(ordered, ordered)
    kept: IntArray = order[np.arange(len(order)) - first < count]
    return kept
