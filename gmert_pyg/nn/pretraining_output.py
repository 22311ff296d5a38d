"""What pre-training returns."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from transformers.utils.generic import ModelOutput


@dataclass
class GraphMertForPreTrainingOutput(ModelOutput):
    r"""The losses and predictions of pre-training.

    With labels all are given, but for losses that the configuration turns off;
    without, only `logits` and `last_hidden_state`. What is not given is
    :obj:`None`, and left out where the output is read as a tuple or a mapping.

    Args:
        loss (Tensor, optional): [], the weighted sum of the losses.
        mlm_loss (Tensor, optional): [], the mean over masked roots.
        sbo_loss (Tensor, optional): [], the mean over masked roots with a place
            in a span.
        leaf_loss (Tensor, optional): [], the mean over masked leaves.
        relation_loss (Tensor, optional): [], the mean over masked relations.
        logits (Tensor, optional): vocabulary logits; [N, vocab_size] of all
            nodes, or with labels [M, vocab_size] of the labelled ones.
        labels (Tensor, optional): [M], the labels of these rows.
        labelled_nodes (Tensor, optional): [M], the nodes of these rows.
        relation_logits (Tensor, optional): [T, R], a row per masked relation,
            by graph and triple.
        relation_labels (Tensor, optional): [T], the masked relations.
        last_hidden_state (Tensor, optional): [N, d], the states of all nodes.

    Example:
        >>> import torch
        >>> output = GraphMertForPreTrainingOutput(loss=torch.tensor(0.5))
        >>> output.logits is None, output.to_tuple()
        (True, (tensor(0.5000),))
    """

    loss: Tensor | None = None
    mlm_loss: Tensor | None = None
    sbo_loss: Tensor | None = None
    leaf_loss: Tensor | None = None
    relation_loss: Tensor | None = None
    logits: Tensor | None = None
    labels: Tensor | None = None
    labelled_nodes: Tensor | None = None
    relation_logits: Tensor | None = None
    relation_labels: Tensor | None = None
    last_hidden_state: Tensor | None = None
