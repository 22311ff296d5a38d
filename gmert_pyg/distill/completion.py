"""Completing the tails of triples with a trained model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch_geometric.data import Batch
from tqdm.auto import tqdm

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.distill.hidden_tails import hide_tail
from gmert_pyg.nn.pretraining import GraphMertForPreTraining
from gmert_pyg.nn.tail_prediction import log_probabilities_at
from gmert_pyg.training.batches.plan_sampler import PlanBatchSampler


@dataclass(frozen=True, slots=True)
class Completion:
    r"""A tail that a model wrote.

    Args:
        tail: its tokens.
        confidence: the geometric mean of the probabilities its tokens had when
            they were chosen, :math:`\exp(\frac{1}{k} \sum_i \log p_i)`.
    """

    tail: tuple[int, ...]
    confidence: float


@dataclass(slots=True)
class _Draft:
    """A tail in the making: `request` completed to `length` tokens."""

    request: int
    length: int
    graph: ChainGraph
    first_leaf: int
    chosen: NDArray[np.int64]
    log_probability: NDArray[np.float64]

    @property
    def is_open(self) -> bool:
        return bool((self.chosen < 0).any())


class TailCompleter:
    r"""Completes tails of unknown length by mask-predict.

    A tail is drafted at every length from 1 to `max_length`: all of its leaves
    are masked, the most certain of them is filled in, and so on until none is
    left (`"Mask-Predict" <https://arxiv.org/abs/1904.09324>`_, one token a
    step). The draft with the highest mean log-probability is the answer.

    Args:
        model: a trained model.
        mask_token_id: the id of the mask token.
        max_length: the longest tail, in tokens. (default: :obj:`4`)
        token_budget: the most nodes of a padded batch.
            (default: :obj:`4096`)
        banned_token_ids: tokens that are no answer, such as the special ones.
    """

    def __init__(
        self,
        model: GraphMertForPreTraining,
        mask_token_id: int,
        *,
        max_length: int = 4,
        token_budget: int = 4096,
        banned_token_ids: Sequence[int] = (),
    ) -> None:
        if max_length < 1:
            raise ValueError(
                f"'max_length' must be positive (got {max_length})"
            )
        self.model = model
        self.mask_token_id = mask_token_id
        self.max_length = max_length
        self.token_budget = token_budget
        self.banned = list(banned_token_ids)

    def complete(
        self,
        graphs: Sequence[ChainGraph],
        numbers: Sequence[int],
        progress: bool = False,
    ) -> list[Completion]:
        """Complete one triple of each graph.

        Args:
            graphs: the graphs.
            numbers: for each, the triple whose tail is hidden and completed.
            progress: whether to show a progress bar. (default: :obj:`False`)
        """
        drafts = list(self._drafts(graphs, numbers))
        bar = tqdm(
            total=sum(draft.length for draft in drafts),
            desc="Completing triples",
            unit="token",
            disable=not progress,
        )
        was_training = self.model.training
        self.model.eval()
        with bar:
            # One leaf is filled at each step, in all drafts at once.
            while open_drafts := [draft for draft in drafts if draft.is_open]:
                self._fill(open_drafts, bar)
        self.model.train(was_training)
        step = self.max_length
        return [
            _best(drafts[start : start + step])
            for start in range(0, len(drafts), step)
        ]

    def _drafts(
        self, graphs: Sequence[ChainGraph], numbers: Sequence[int]
    ) -> Iterator[_Draft]:
        for request, (graph, number) in enumerate(
            zip(graphs, numbers, strict=True)
        ):
            for length in range(1, self.max_length + 1):
                hidden = hide_tail(graph, number, length, self.mask_token_id)
                first = (hidden.triple == number).nonzero()[0].item()
                yield _Draft(
                    request,
                    length,
                    hidden,
                    int(first),
                    np.full(length, -1),
                    np.zeros(length),
                )

    @torch.no_grad()
    def _fill(self, drafts: list[_Draft], bar: tqdm) -> None:  # type: ignore[type-arg]
        """Fill in the most certain masked leaf of every draft."""
        lengths = [int(draft.graph.num_nodes or 0) for draft in drafts]
        budget = max(self.token_budget, *lengths, 1)
        for indices in PlanBatchSampler(lengths, budget, shuffle=False):
            group = [drafts[index] for index in indices]
            scores = self._log_probabilities(group)
            start = 0
            for draft in group:
                self._fill_one(draft, scores[start : start + draft.length])
                start += draft.length
            bar.update(len(group))

    def _log_probabilities(self, group: list[_Draft]) -> Tensor:
        """Return log-probabilities at the leaves of all drafts, in order."""
        batch = Batch.from_data_list([draft.graph for draft in group])
        leaves = [
            torch.arange(draft.length) + draft.first_leaf + offset
            for draft, offset in zip(group, batch.ptr.tolist(), strict=False)
        ]
        device = self.model.device
        return log_probabilities_at(
            self.model,
            batch.to(device),
            torch.cat(leaves).to(device),
            [*self.banned, self.mask_token_id],
        ).cpu()

    @staticmethod
    def _fill_one(draft: _Draft, log_probabilities: Tensor) -> None:
        best, token = log_probabilities.max(dim=-1)
        best[torch.from_numpy(draft.chosen >= 0)] = -torch.inf
        place = int(best.argmax())
        draft.chosen[place] = int(token[place])
        draft.log_probability[place] = float(best[place])
        draft.graph.input_ids[draft.first_leaf + place] = token[place]


def _best(drafts: list[_Draft]) -> Completion:
    """Return the draft of the most certain tokens, whatever its length."""
    best = max(drafts, key=lambda draft: float(draft.log_probability.mean()))
    return Completion(
        tuple(best.chosen.tolist()),
        float(np.exp(best.log_probability.mean())),
    )
