"""GraphMERT with a label for every root."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch_geometric.data import Data
from transformers.utils.generic import ModelOutput

from gmert_pyg.nn.classification_loss import class_loss
from gmert_pyg.nn.configuration import GraphMertConfig
from gmert_pyg.nn.dropout import FastDropout
from gmert_pyg.nn.modeling_graphmert import GraphMertModel
from gmert_pyg.nn.pretrained_model import (
    PRETRAINING_HEADS,
    GraphMertPreTrainedModel,
)
from gmert_pyg.transforms.labels import IGNORE_INDEX


@dataclass
class GraphMertForTokenClassificationOutput(ModelOutput):
    r"""The loss and predictions of :class:`GraphMertForTokenClassification`.

    Args:
        loss (Tensor, optional): [], the mean over labelled roots, if the batch
            has labels.
        logits (Tensor, optional): [N, num_labels], the predictions, in the
            order of the nodes; those of leaves mean nothing.
        last_hidden_state (Tensor, optional): [N, d], the states of all nodes.

    Example:
        >>> logits = torch.zeros(1, 3)
        >>> output = GraphMertForTokenClassificationOutput(logits=logits)
        >>> output.loss is None, output.to_tuple()
        (True, (tensor([[0., 0., 0.]]),))
    """

    loss: Tensor | None = None
    logits: Tensor | None = None
    last_hidden_state: Tensor | None = None


class GraphMertForTokenClassification(GraphMertPreTrainedModel):
    r"""`"GraphMERT" <https://arxiv.org/abs/2510.09580>`_ with a label for every
    root, such as the type of a variable.

    .. math::
        \hat{\mathbf{y}}_i = \mathbf{W} \mathbf{x}_i + \mathbf{b}

    where :math:`\mathbf{x}_i` is the state of a node after dropout; the loss is
    the mean cross-entropy over labelled roots, and 0 if there is none.

    Labels are PyG's :obj:`y` [N], one per node: a class for a root, -100 for a
    root that has none and for every leaf. (:obj:`labels` [N] are the masked
    tokens of pre-training: they are not read here.) The model is fine-tuned
    from any checkpoint of pre-training with `from_pretrained`; only the
    classifier is new. Batches are not masked.

    Args:
        config (GraphMertConfig): the configuration, with :obj:`num_labels` or
            :obj:`id2label`.

    Shapes:
        - **input:** a graph or a batch of graphs with :math:`N` nodes
        - **output:** `logits` :math:`(N, C)`

    Example:
        >>> from gmert_pyg.data.chain_graph import ChainGraph
        >>> graph = ChainGraph.from_triples([5, 6, 7], [(0, 2, 3, [8, 9])])
        >>> graph.y = torch.tensor([0, 2, -100, -100, -100])
        >>> config = GraphMertConfig.small(vocab_size=10, num_labels=3)
        >>> out = GraphMertForTokenClassification(config)(graph)
        >>> out.logits.shape, out.loss.shape
        (torch.Size([5, 3]), torch.Size([]))
    """

    _keys_to_ignore_on_load_unexpected = PRETRAINING_HEADS

    # The Trainer hands over the number of items only if this says so.
    accepts_loss_kwargs = True

    def __init__(self, config: GraphMertConfig) -> None:
        super().__init__(config)
        assert config.num_labels is not None
        self.graphmert = GraphMertModel(config)
        self.dropout = FastDropout(config.head_dropout)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)
        self.post_init()

    def forward(
        self,
        batch: Data,
        labels: Tensor | None = None,
        num_items_in_batch: Tensor | int | None = None,
    ) -> GraphMertForTokenClassificationOutput:
        r"""Return the predictions for nodes, and the loss if there are labels.

        Args:
            batch (Data): a graph or a batch of graphs.
            labels (Tensor, optional): the labels, [N].
                (default: :obj:`batch.y`, if it has one)
            num_items_in_batch (Tensor or int, optional): what to divide the
                summed loss by, where the batch is a part of an optimizer step.
                (default: the number of labels)

        Raises:
            ValueError: if there is not one label per node, a class is out of
                range, or a leaf has one.
        """
        x = self.graphmert(batch).last_hidden_state
        logits, loss = self.classifier(self.dropout(x)), None
        labels = batch.get("y", None) if labels is None else labels
        if labels is not None:
            _check_nodes(labels, batch.node_type)
            loss = class_loss(logits, labels, num_items_in_batch)
        return GraphMertForTokenClassificationOutput(
            loss=loss, logits=logits, last_hidden_state=x
        )


def _check_nodes(labels: Tensor, node_type: Tensor) -> None:
    if labels.shape != node_type.shape:
        raise ValueError(
            "'y' must have one label per node, shape "
            f"{tuple(node_type.shape)} (got {tuple(labels.shape)})"
        )
    on_leaf = (node_type != 0) & (labels != IGNORE_INDEX)
    if bool(on_leaf.any()):
        node = int(torch.nonzero(on_leaf)[0])
        raise ValueError(
            f"'y' must be {IGNORE_INDEX} for leaves (got {int(labels[node])} "
            f"for node {node})"
        )
