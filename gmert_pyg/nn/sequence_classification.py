"""GraphMERT with a label for every graph."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch_geometric.data import Data
from transformers.utils.generic import ModelOutput

from gmert_pyg.nn.classification_loss import graph_label_loss, problem_type_of
from gmert_pyg.nn.configuration import GraphMertConfig
from gmert_pyg.nn.heads import ClassificationHead
from gmert_pyg.nn.modeling_graphmert import GraphMertModel
from gmert_pyg.nn.pooling import GraphPooling
from gmert_pyg.nn.pretrained_model import (
    PRETRAINING_HEADS,
    GraphMertPreTrainedModel,
)


@dataclass
class GraphMertForSequenceClassificationOutput(ModelOutput):
    r"""The loss and predictions of :class:`GraphMertForSequenceClassification`.

    Args:
        loss (Tensor, optional): [], the loss, if the batch has labels.
        logits (Tensor, optional): [B, num_labels], the predictions.
        pooled (Tensor, optional): [B, d], one vector per graph.
        last_hidden_state (Tensor, optional): [N, d], the states of all nodes.

    Example:
        >>> import torch
        >>> logits = torch.zeros(1, 3)
        >>> output = GraphMertForSequenceClassificationOutput(logits=logits)
        >>> output.loss is None, output.to_tuple()
        (True, (tensor([[0., 0., 0.]]),))
    """

    loss: Tensor | None = None
    logits: Tensor | None = None
    pooled: Tensor | None = None
    last_hidden_state: Tensor | None = None


class GraphMertForSequenceClassification(GraphMertPreTrainedModel):
    r"""`"GraphMERT" <https://arxiv.org/abs/2510.09580>`_ with a label for every
    graph, such as whether a function has a fault.

    .. math::
        \hat{\mathbf{y}}_g = \mathbf{W}_2 \tanh(\mathbf{W}_1 \mathbf{z}_g +
        \mathbf{b}_1) + \mathbf{b}_2

    where :math:`\mathbf{z}_g` pools the states of the graph's nodes, as
    :class:`~gmert_pyg.nn.pooling.GraphPooling` does by :obj:`config.pooling`,
    with dropout before either matrix.

    Labels are PyG's :obj:`y`, and :obj:`config.problem_type` says what they
    are, with the same values as everywhere in transformers:

    * `"single_label_classification"`: one class per graph, :math:`(1)` or a
      scalar; -100 leaves a graph out. Cross-entropy.
    * `"multi_label_classification"`: several answers of 0 or 1 per graph,
      :math:`(1, C)`. Binary cross-entropy.
    * `"regression"`: a number per graph, :math:`(1)`, or :math:`C` of them,
      :math:`(1, C)`. Mean squared error.

    Without a :obj:`problem_type`, the first labels decide: regression if
    :obj:`num_labels` is 1, else classes if they are integers. The model is
    fine-tuned from any checkpoint of pre-training with `from_pretrained`; only
    the classifier is new. Batches are not masked.

    Args:
        config (GraphMertConfig): the configuration, with :obj:`num_labels` or
            :obj:`id2label`.

    Shapes:
        - **input:** a batch of :math:`B` graphs with :math:`N` nodes
        - **output:** `logits` :math:`(B, C)`

    Example:
        >>> import torch
        >>> from gmert_pyg.data.chain_graph import ChainGraph
        >>> graph = ChainGraph.from_triples([5, 6, 7], [(0, 2, 3, [8, 9])])
        >>> graph.y = torch.tensor([2])
        >>> config = GraphMertConfig.small(vocab_size=10, num_labels=3)
        >>> out = GraphMertForSequenceClassification(config)(graph)
        >>> out.logits.shape, out.loss.shape
        (torch.Size([1, 3]), torch.Size([]))
    """

    _keys_to_ignore_on_load_unexpected = PRETRAINING_HEADS

    # The Trainer hands over the number of items only if this says so.
    accepts_loss_kwargs = True

    def __init__(self, config: GraphMertConfig) -> None:
        super().__init__(config)
        assert config.num_labels is not None
        self.graphmert = GraphMertModel(config)
        self.pooling = GraphPooling(config.hidden_size, config.pooling)
        self.classifier = ClassificationHead(
            config.hidden_size, config.num_labels, config.head_dropout
        )
        self.post_init()

    def forward(
        self,
        batch: Data,
        labels: Tensor | None = None,
        num_items_in_batch: Tensor | int | None = None,
    ) -> GraphMertForSequenceClassificationOutput:
        r"""Return the predictions for graphs, and the loss if there are labels.

        Args:
            batch (Data): a graph or a batch of graphs.
            labels (Tensor, optional): the labels.
                (default: :obj:`batch.y`, if it has one)
            num_items_in_batch (Tensor or int, optional): what to divide the
                summed loss by, where the batch is a part of an optimizer step.
                (default: the number of labels)

        Raises:
            ValueError: if the labels do not fit the graphs, or a class is out
                of range.
        """
        x = self.graphmert(batch).last_hidden_state
        pooled = self.pooling(x, batch)
        logits, loss = self.classifier(pooled), None
        labels = batch.get("y", None) if labels is None else labels
        if labels is not None:
            # Kept, so that who loads the model knows how to read its logits.
            problem_type = problem_type_of(self.config, labels)
            self.config.problem_type = problem_type
            loss = graph_label_loss(
                logits, labels, problem_type, num_items_in_batch
            )
        return GraphMertForSequenceClassificationOutput(
            loss=loss, logits=logits, pooled=pooled, last_hidden_state=x
        )
