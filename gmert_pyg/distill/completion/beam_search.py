"""Tails from left to right, several hypotheses at a time."""

from __future__ import annotations

from collections.abc import Sequence
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
from gmert_pyg.distill.completion.tail_queries import TailAnswer, TailQueries

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


class BeamSearch(TailDecoder):
    r"""Writes tails token by token, and keeps the best beginnings.

    Of every query and every length, the :math:`B` beginnings of the highest
    probability are kept; the tokens after them stay masked. With `names`, only
    beginnings of a name of that length are.

    Args:
        scorer: asks the model.
        lengths: how long tails are.
        beam_size: the number :math:`B`. (default: :obj:`4`)
        **options (optional): see :class:`TailDecoder`.

    Raises:
        ValueError: if `beam_size` is not positive.
    """

    def __init__(
        self,
        scorer: GroupScorer,
        lengths: TailLengths,
        *,
        beam_size: int = 4,
        **options: Any,
    ) -> None:
        if beam_size < 1:
            raise ValueError(f"'beam_size' must be positive (got {beam_size})")
        super().__init__(scorer, lengths, **options)
        self.beam_size = beam_size

    def _answer(
        self, graphs: Sequence[ChainGraph], queries: TailQueries
    ) -> list[list[TailAnswer]]:
        query, length = self._masked(queries)
        score = self._log_prior(queries, query, length)
        beginnings: list[list[int]] = [[] for _ in query]
        done: list[tuple[IntArray, list[list[int]], FloatArray]] = []
        for place in range(int(length.max())):
            number, token, added = self._extend(
                graphs, queries, query, length, beginnings
            )
            score = score[number] + added
            beginnings = [
                [*beginnings[n], t]
                for n, t in zip(number.tolist(), token.tolist(), strict=True)
            ]
            query, length = query[number], length[number]
            beam = query * (self.prior.max_length + 1) + length
            kept = first_of_each(beam, score, self.beam_size)
            query, length, score = query[kept], length[kept], score[kept]
            beginnings = [beginnings[k] for k in kept.tolist()]
            whole = length == place + 1
            done.append(
                (
                    query[whole],
                    [beginnings[k] for k in np.flatnonzero(whole).tolist()],
                    score[whole],
                )
            )
            beginnings = [
                beginnings[k] for k in np.flatnonzero(~whole).tolist()
            ]
            query, length, score = query[~whole], length[~whole], score[~whole]
        return self._best(
            len(queries),
            np.concatenate([part[0] for part in done]),
            [tail for part in done for tail in part[1]],
            np.concatenate([part[2] for part in done]),
        )

    def _extend(
        self,
        graphs: Sequence[ChainGraph],
        queries: TailQueries,
        query: IntArray,
        length: IntArray,
        beginnings: list[list[int]],
    ) -> tuple[IntArray, IntArray, FloatArray]:
        """Return continuations: what they continue, their token, its score."""
        groups = queries.drafts(
            query,
            [
                known + [self.mask] * (size - len(known))
                for known, size in zip(beginnings, length.tolist(), strict=True)
            ],
        )
        known = np.array([len(b) for b in beginnings], np.int64)
        asked = np.zeros(len(groups.tokens), bool)
        asked[groups.first_leaf + known] = True
        of_leaf = groups.of_token
        numbers, tokens, scores = [], [], []
        allowed: dict[tuple[int, ...], Tensor] = {}
        for found in self.scorer(graphs, groups, asked):
            for number, row in zip(
                of_leaf[found.leaf].tolist(),
                found.log_probabilities,
                strict=True,
            ):
                best, token = self._continuations(
                    row,
                    int(queries.relation[query[number]]),
                    int(length[number]),
                    beginnings[number],
                    allowed,
                )
                numbers.append(np.full(len(best), number))
                tokens.append(token.numpy())
                scores.append(best.double().numpy())
        number = np.concatenate(numbers)
        # By beginning, whatever batches they came in.
        order = np.argsort(number, kind="stable")
        return (
            number[order],
            np.concatenate(tokens)[order],
            np.concatenate(scores)[order],
        )

    def _continuations(
        self,
        log_probabilities: Tensor,
        relation: int,
        length: int,
        beginning: list[int],
        known: dict[tuple[int, ...], Tensor],
    ) -> tuple[Tensor, Tensor]:
        if self.names is None:
            best = log_probabilities.topk(
                min(self.beam_size, len(log_probabilities))
            )
            return best.values, best.indices
        key = (relation, length, *beginning)
        if key not in known:
            known[key] = torch.from_numpy(
                self.names[relation].following(length, beginning)
            )
        tokens = known[key]
        best = log_probabilities[tokens].topk(min(self.beam_size, len(tokens)))
        return best.values, tokens[best.indices]
