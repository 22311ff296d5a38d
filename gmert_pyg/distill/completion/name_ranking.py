"""Tails out of a list of names, all of which are ranked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.distill.completion.group_scores import GroupScorer
from gmert_pyg.distill.completion.tail_decoder import (
    TailDecoder,
    first_of_each,
)
from gmert_pyg.distill.completion.tail_lengths import TailLengths
from gmert_pyg.distill.completion.tail_names import TailNames
from gmert_pyg.distill.completion.tail_queries import TailAnswer, TailQueries

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Ranked:
    """Names that may be the answer: query, name, and what is known of it."""

    query: IntArray
    length: IntArray
    name: IntArray  # among those of its relation and length
    log_probability: FloatArray  # as if its tokens were independent
    of_first: FloatArray  # prior and first token alone

    def take(self, which: IntArray) -> _Ranked:
        return _Ranked(
            self.query[which],
            self.length[which],
            self.name[which],
            self.log_probability[which],
            self.of_first[which],
        )


class NameRanking(TailDecoder):
    r"""Ranks all names, and asks again for the best.

    One pass of the model gives every name its probability as if its tokens were
    independent. The best of each query then get the probability that they have
    token by token, from left to right,

    .. math::
        \log P(l \mid r) + \sum_{i=1}^{l} \log P(t_i \mid t_1, \ldots, t_{i-1}),

    for which a second pass is enough: all beginnings of all these names are
    asked at once.

    Args:
        scorer: asks the model.
        lengths: how long tails are.
        names: the names, by relation.
        num_rescored: the number of names of each query that the second pass
            asks for; at least as many as answers. (default: :obj:`4`)
        **options (optional): see :class:`TailDecoder`.
    """

    names: Sequence[TailNames]

    def __init__(
        self,
        scorer: GroupScorer,
        lengths: TailLengths,
        names: Sequence[TailNames],
        *,
        num_rescored: int = 4,
        **options: Any,
    ) -> None:
        super().__init__(scorer, lengths, names=names, **options)
        self.num_rescored = max(num_rescored, self.num_answers)
        self._columns = {
            (relation, length): torch.from_numpy(
                np.ascontiguousarray(own.of_length(length).T)
            )
            for relation, own in enumerate(names)
            for length in own.lengths
        }

    def _answer(
        self, graphs: Sequence[ChainGraph], queries: TailQueries
    ) -> list[list[TailAnswer]]:
        found = self._rank(graphs, queries)
        best = found.take(
            first_of_each(
                found.query,
                self._score(found.log_probability, found.length),
                self.num_rescored,
            )
        )
        tails = [
            self.names[relation].of_length(length)[name].tolist()
            for relation, length, name in zip(
                queries.relation[best.query].tolist(),
                best.length.tolist(),
                best.name.tolist(),
                strict=True,
            )
        ]
        exact = self._rescore(graphs, queries, best, tails)
        return self._best(len(queries), best.query, tails, exact)

    def _rank(
        self, graphs: Sequence[ChainGraph], queries: TailQueries
    ) -> _Ranked:
        """Rank all names by probabilities of independent tokens."""
        query, length = self._masked(queries)
        groups = queries.drafts(
            query, [[self.mask] * n for n in length.tolist()]
        )
        of_leaf = groups.of_token
        prior = self._log_prior(queries, query, length)
        parts = []
        kind = queries.relation[query] * (self.prior.max_length + 1) + length
        for scores in self.scorer(graphs, groups):
            draft = of_leaf[scores.leaf]
            opens = np.flatnonzero(np.diff(draft, prepend=-1))
            for found in np.unique(kind[draft[opens]]):
                first = opens[kind[draft[opens]] == found]
                own = draft[first]
                parts.append(
                    self._rank_kind(
                        int(queries.relation[query[own[0]]]),
                        int(length[own[0]]),
                        scores.log_probabilities,
                        first,
                        query[own],
                        prior[own],
                    )
                )
        return _Ranked(
            *(
                np.concatenate([getattr(part, name) for part in parts])
                for name in _Ranked.__slots__
            )
        )

    def _rank_kind(
        self,
        relation: int,
        length: int,
        log_probabilities: Tensor,
        first: IntArray,
        query: IntArray,
        prior: FloatArray,
    ) -> _Ranked:
        """Rank the names of a relation and a length."""
        columns = self._columns[relation, length]
        rows = torch.from_numpy(first)
        total = torch.zeros(len(first), columns.size(1))
        for place, tokens in enumerate(columns):
            total += log_probabilities[rows + place].index_select(1, tokens)
        best = total.topk(min(self.num_rescored, columns.size(1)), dim=1)
        name = best.indices.numpy()
        num_kept = name.shape[1]
        start = log_probabilities[rows[:, None], columns[0][best.indices]]
        return _Ranked(
            np.repeat(query, num_kept),
            np.full(name.size, length),
            name.ravel(),
            (best.values.double().numpy() + prior[:, None]).ravel(),
            (start.double().numpy() + prior[:, None]).ravel(),
        )

    def _rescore(
        self,
        graphs: Sequence[ChainGraph],
        queries: TailQueries,
        best: _Ranked,
        tails: list[list[int]],
    ) -> FloatArray:
        """Return the log-probabilities of names, token after token."""
        exact = best.of_first.copy()
        beginnings = list(self._beginnings(tails))
        if not beginnings:
            return exact
        number, known = (np.array(c) for c in zip(*beginnings, strict=True))
        groups = queries.drafts(
            best.query[number],
            [
                tails[n][:k] + [self.mask] * (len(tails[n]) - k)
                for n, k in beginnings
            ],
        )
        asked = np.zeros(len(groups.tokens), bool)
        asked[groups.first_leaf + known] = True
        of_leaf = groups.of_token
        for scores in self.scorer(graphs, groups, asked):
            which = of_leaf[scores.leaf]
            token = torch.tensor(
                [tails[number[g]][known[g]] for g in which.tolist()]
            )
            log_probability = scores.log_probabilities.gather(1, token[:, None])
            np.add.at(
                exact, number[which], log_probability[:, 0].double().numpy()
            )
        return exact

    @staticmethod
    def _beginnings(tails: list[list[int]]) -> Iterator[tuple[int, int]]:
        """Yield every tail with each number of its tokens that are known."""
        for number, tail in enumerate(tails):
            for known in range(1, len(tail)):
                yield number, known
