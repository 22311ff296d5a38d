"""Tails in any order of their tokens, the most certain first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.distill.completion.tail_decoder import TailDecoder
from gmert_pyg.distill.completion.tail_queries import TailAnswer, TailQueries

IntArray = NDArray[np.int64]


class MaskPredict(TailDecoder):
    r"""Fills in the most certain masked token of every draft, one at a time.

    This is the decoding of the `"Mask-Predict: Parallel Decoding of Conditional
    Masked Language Models" <https://arxiv.org/abs/1904.09324>`_ paper with one
    token a step and nothing masked again. Each query has one draft of each
    length. With `names`, a token is filled in only if some name of that length
    has it there, beside those that were filled in before.

    Args:
        scorer: asks the model.
        lengths: how long tails are.
        **options (optional): see :class:`TailDecoder`.
    """

    def _answer(
        self, graphs: Sequence[ChainGraph], queries: TailQueries
    ) -> list[list[TailAnswer]]:
        query, length = self._masked(queries)
        total = self._log_prior(queries, query, length)
        drafts = [[-1] * size for size in length.tolist()]
        for _ in range(int(length.max())):
            open_drafts = np.array(
                [n for n, draft in enumerate(drafts) if -1 in draft], np.int64
            )
            self._fill(graphs, queries, query, open_drafts, drafts, total)
        return self._best(len(queries), query, drafts, total)

    def _fill(
        self,
        graphs: Sequence[ChainGraph],
        queries: TailQueries,
        query: IntArray,
        which: IntArray,
        drafts: list[list[int]],
        total: NDArray[np.float64],
    ) -> None:
        """Fill in one token of each of some drafts."""
        groups = queries.drafts(
            query[which],
            [
                [self.mask if token < 0 else token for token in drafts[n]]
                for n in which.tolist()
            ],
        )
        of_leaf = which[groups.of_token]
        for scores in self.scorer(graphs, groups):
            number = of_leaf[scores.leaf]
            bounds = np.flatnonzero(np.diff(number)) + 1
            rows = torch.tensor_split(
                scores.log_probabilities, torch.from_numpy(bounds)
            )
            for n, own in zip(number[[0, *bounds]].tolist(), rows, strict=True):
                place, token, best = self._most_certain(
                    own, int(queries.relation[query[n]]), drafts[n]
                )
                drafts[n][place] = token
                total[n] += best

    def _most_certain(
        self, log_probabilities: Tensor, relation: int, draft: list[int]
    ) -> tuple[int, int, float]:
        """Return the masked place of a draft, and the token, to fill in."""
        places = [place for place, token in enumerate(draft) if token < 0]
        if self.names is None:
            best, token = log_probabilities.max(dim=1)
        else:
            names = self.names[relation].matching(len(draft), draft)
            allowed = [
                torch.from_numpy(np.unique(names[:, place])) for place in places
            ]
            found = [
                row[tokens].max(dim=0)
                for row, tokens in zip(log_probabilities, allowed, strict=True)
            ]
            best = torch.stack([value for value, _ in found])
            token = torch.stack(
                [t[i] for t, (_, i) in zip(allowed, found, strict=True)]
            )
        row = int(best.argmax())
        return places[row], int(token[row]), float(best[row])
