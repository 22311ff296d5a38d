"""What a model says of the masked leaves of many groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch_geometric.data import Batch
from transformers import PreTrainedTokenizerFast

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.data.ranges import ranges
from gmert_pyg.distill.completion.leaf_groups import LeafGroups, graft
from gmert_pyg.nn.pretraining import GraphMertForPreTraining
from gmert_pyg.nn.tail_prediction import log_probabilities_at

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LeafScores:
    r"""What a model says of :math:`M` leaves.

    Args:
        leaf: :math:`[M]`, positions in the tokens of all groups.
        log_probabilities: :math:`[M, |V|]`, of every token.
    """

    leaf: IntArray
    log_probabilities: Tensor


class GroupScorer:
    r"""Asks a model for the tokens of masked leaves, many groups at a time.

    The groups of a graph are grafted onto it together, and see each other as
    little as it sees them, so that one pass over the graph answers them all:
    see the `query` of :class:`~gmert_pyg.GraphMertModel`. A graph with more
    groups than fit is asked again for the others.

    Args:
        model: a trained model.
        mask_token_id: the id of the mask token, which is no answer.
        banned_token_ids: tokens that are no answer either, such as the special
            ones. (default: :obj:`()`)
        max_leaves: about how many leaves are grafted onto a graph at a time.
            Attention takes their square. (default: :obj:`256`)
        token_budget: the most nodes of a padded batch.
            (default: :obj:`4096`)

    Raises:
        ValueError: if `max_leaves` or `token_budget` is not positive.
    """

    def __init__(
        self,
        model: GraphMertForPreTraining,
        mask_token_id: int,
        *,
        banned_token_ids: Sequence[int] = (),
        max_leaves: int = 256,
        token_budget: int = 4096,
    ) -> None:
        for name, value in (
            ("max_leaves", max_leaves),
            ("token_budget", token_budget),
        ):
            if value < 1:
                raise ValueError(f"'{name}' must be positive (got {value})")
        self.model = model
        self.mask_token_id = mask_token_id
        self.banned = sorted({mask_token_id, *banned_token_ids})
        self.max_leaves = max_leaves
        self.token_budget = token_budget

    @classmethod
    def of(
        cls,
        model: GraphMertForPreTraining,
        tokenizer: PreTrainedTokenizerFast,
    ) -> GroupScorer:
        """Ask a model for any tokens but the special ones of its tokenizer."""
        return cls(
            model,
            tokenizer.mask_token_id,
            banned_token_ids=tokenizer.all_special_ids,
        )

    @torch.no_grad()
    def __call__(
        self,
        graphs: Sequence[ChainGraph],
        groups: LeafGroups,
        asked: BoolArray | None = None,
    ) -> Iterator[LeafScores]:
        """Yield what the model says of masked leaves, in batches.

        The leaves of a group that are asked for come in the same batch, one
        after the other.

        Args:
            graphs: the graphs.
            groups: the groups; those that nothing is asked of are passed over.
            asked: by token of the groups, whether it is asked for.
                (default: those that are masked)
        """
        if asked is None:
            asked = groups.tokens == self.mask_token_id
        parts = self._parts(groups, np.unique(groups.of_token[asked]))
        sizes = np.array(
            [
                len(graphs[groups.graph[part[0]]].input_ids)
                + int(groups.length[part].sum())
                for part in parts
            ],
            np.int64,
        )
        with _evaluating(self.model):
            for batch in self._batches(sizes):
                yield self._score(
                    graphs, groups, asked, [parts[i] for i in batch]
                )

    def _parts(self, groups: LeafGroups, which: IntArray) -> list[IntArray]:
        """Divide groups by graph, and so that none has too many leaves."""
        parts: list[IntArray] = []
        if len(which) == 0:
            return parts
        graph = groups.graph[which]
        bounds = np.flatnonzero(np.diff(graph)) + 1
        for part in np.split(which, bounds):
            total = np.cumsum(groups.length[part])
            before = total - groups.length[part]
            piece = before // self.max_leaves
            parts += np.split(part, np.flatnonzero(np.diff(piece)) + 1)
        return parts

    def _batches(self, sizes: IntArray) -> list[list[int]]:
        """Put parts of like sizes together."""
        batches: list[list[int]] = []
        largest = 0
        for number in np.argsort(-sizes, kind="stable").tolist():
            fits = batches and (len(batches[-1]) + 1) * largest <= (
                self.token_budget
            )
            if not fits:
                batches.append([])
                largest = int(sizes[number])
            batches[-1].append(number)
        return batches

    def _score(
        self,
        graphs: Sequence[ChainGraph],
        groups: LeafGroups,
        asked: BoolArray,
        parts: list[IntArray],
    ) -> LeafScores:
        grafted, leaves = [], []
        for part in parts:
            own = groups.take(part)
            grafted.append(graft(graphs[int(own.graph[0])], own))
            leaves.append(ranges(groups.first_leaf[part], own.length))
        batch = Batch.from_data_list(grafted)
        node = (batch.query > 0).nonzero().flatten()
        leaf = np.concatenate(leaves)
        node = node[torch.from_numpy(asked[leaf])]
        device = self.model.device
        found = log_probabilities_at(
            self.model, batch.to(device), node.to(device), self.banned
        )
        return LeafScores(leaf[asked[leaf]], found.cpu())


@contextmanager
def _evaluating(model: torch.nn.Module) -> Iterator[None]:
    """Evaluate a model, then let it train again if it did."""
    was_training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(was_training)
