"""The most probable tokens of masked leaves."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch_geometric.data import Data

from gmert_pyg.nn.batch_checks import graph_of_nodes
from gmert_pyg.nn.classification_loss import in_full
from gmert_pyg.transforms.labels import IGNORE_INDEX

if TYPE_CHECKING:
    from gmert_pyg.nn.pretraining import GraphMertForPreTraining


@dataclass(frozen=True, slots=True)
class TailPredictions:
    r"""The :math:`k` most probable tokens of each of :math:`M` masked leaves.

    Args:
        node (Tensor): the leaves, as nodes of the batch, [M].
        graph (Tensor): the graph of each, [M].
        triple (Tensor): its triple in that graph, from 1, [M].
        slot (Tensor): its place in the tail, from 1, [M].
        token_ids (Tensor): the tokens, the most probable first, [M, k].
        probabilities (Tensor): their probabilities, [M, k], among all tokens
            that are not banned.

    Example:
        >>> best = torch.tensor([[8, 3]]), torch.tensor([[0.7, 0.2]])
        >>> one, first = torch.tensor([4]), torch.tensor([1])
        >>> tails = TailPredictions(one, one * 0, first, first, *best)
        >>> len(tails), tails.token_ids[:, 0].tolist()
        (1, [8])
    """

    node: Tensor
    graph: Tensor
    triple: Tensor
    slot: Tensor
    token_ids: Tensor
    probabilities: Tensor

    def __len__(self) -> int:
        return self.node.numel()


def log_probabilities_at(
    model: GraphMertForPreTraining,
    batch: Data,
    node: Tensor,
    banned_token_ids: Sequence[int],
) -> Tensor:
    r"""Return the log-probabilities of all tokens at some nodes of a batch.

    Args:
        model (GraphMertForPreTraining): a model.
        batch (Data): a graph or a batch of graphs; labels of it are not read.
        node (Tensor): the nodes, ascending.
        banned_token_ids (Sequence[int]): tokens of probability 0.

    Shapes:
        - **node:** :math:`(M)`
        - **output:** :math:`(M, |V|)`, in at least single precision
    """
    asked = copy(batch)
    asked.labels = torch.full_like(batch.input_ids, IGNORE_INDEX)
    # Any label asks the model for the logits of a node.
    asked.labels[node] = 0
    if "edge_label" in asked:
        del asked.edge_label
    logits = in_full(model(asked).logits)
    logits[:, list(banned_token_ids)] = -torch.inf
    return logits.log_softmax(dim=-1)


@torch.no_grad()
def predict_tails(
    model: GraphMertForPreTraining,
    batch: Data,
    k: int = 10,
    banned_token_ids: Sequence[int] = (),
) -> TailPredictions:
    """Return the most probable tokens of every masked leaf.

    See :meth:`~gmert_pyg.GraphMertForPreTraining.predict_tails`.
    """
    config = model.config
    if config.mask_token_id is None:
        raise ValueError(
            "'mask_token_id' of the model's configuration must be given "
            "(got None)"
        )
    banned = sorted({config.mask_token_id, *banned_token_ids})
    if banned[0] < 0 or banned[-1] >= config.vocab_size:
        wrong = banned[0] if banned[0] < 0 else banned[-1]
        raise ValueError(
            f"'banned_token_ids' must be in [0, {config.vocab_size}) (got "
            f"{wrong})"
        )
    num_answers = config.vocab_size - len(banned)
    if not 1 <= k <= num_answers:
        raise ValueError(
            f"'k' must be in 1..{num_answers}, the number of tokens that are "
            f"not banned (got {k})"
        )
    is_masked = batch.input_ids == config.mask_token_id
    node = (is_masked & (batch.node_type == 1)).nonzero().flatten()
    if node.numel() == 0:
        raise ValueError(
            f"'batch' must have a masked leaf, of token {config.mask_token_id} "
            f"(got {int(is_masked.sum())} masked roots and no masked leaf)"
        )
    was_training = model.training
    model.eval()
    try:
        scores = log_probabilities_at(model, batch, node, banned)
    finally:
        model.train(was_training)
    best = scores.topk(k, dim=-1)
    graph, _ = graph_of_nodes(batch)
    return TailPredictions(
        node,
        graph[node],
        batch.triple[node],
        batch.slot[node],
        best.indices,
        best.values.exp(),
    )
