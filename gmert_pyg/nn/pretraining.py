"""GraphMERT with the heads and losses of pre-training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor
from torch_geometric.data import Data

from gmert_pyg.nn.authors_checkpoint import (
    authors_config,
    translate_state_dict,
)
from gmert_pyg.nn.batch_checks import check_labels
from gmert_pyg.nn.batch_indices import found_ahead, labels_of, target_indices
from gmert_pyg.nn.classification_loss import in_full
from gmert_pyg.nn.configuration import GraphMertConfig
from gmert_pyg.nn.heads import LMHead, RelationHead, SpanBoundaryHead
from gmert_pyg.nn.item_losses import (
    NumbersOfItems,
    cross_entropy,
    mean_where,
    numbers_of_items,
    total_loss,
)
from gmert_pyg.nn.modeling_graphmert import GraphMertModel
from gmert_pyg.nn.pretrained_model import GraphMertPreTrainedModel
from gmert_pyg.nn.pretraining_output import GraphMertForPreTrainingOutput
from gmert_pyg.nn.tail_prediction import TailPredictions, predict_tails
from gmert_pyg.nn.targets import SpanTargets, TripleIndices, triple_means

# The kinds of items, as they are counted.
_ROOTS, _SPANS, _LEAVES, _RELATIONS = range(4)


class GraphMertForPreTraining(GraphMertPreTrainedModel):
    r"""`"GraphMERT" <https://arxiv.org/abs/2510.09580>`_ with its training
    objectives, all from one forward pass.

    .. math::
        \mathcal{L} = \lambda \, (\mathcal{L}_{\mathrm{mlm}} +
        \mathcal{L}_{\mathrm{sbo}}) + (1 - \lambda) \,
        (\mathcal{L}_{\mathrm{leaf}} + \mathcal{L}_{\mathrm{rel}})

    where :math:`\lambda` is :obj:`lambda_mlm` and each loss is the mean
    cross-entropy over its own items: masked roots, the same from the boundaries
    of their span, masked leaves, and masked relations. A kind without items
    adds 0. Where a batch is a part of an optimizer step, each loss is a sum
    over the items of the batch, divided by the number of those of the step
    (:obj:`num_items_in_batch`): the losses and the gradients of all parts then
    add up to those of one large batch.

    A batch may have :obj:`labels` [N], the token of every masked node, and
    :obj:`edge_label` [E], the relation of every edge of a triple whose relation
    is masked; -100 elsewhere. With either, vocabulary logits are computed only
    where :obj:`labels` has one.

    Args:
        config (GraphMertConfig): the configuration.

    Shapes:
        - **input:** a :class:`~gmert_pyg.data.chain_graph.ChainGraph`, or a
          batch of them, with :math:`N` nodes
        - **output:** `logits` :math:`(N, |V|)`; with labels :math:`(M, |V|)`
          for the :math:`M` labelled nodes and `relation_logits` :math:`(T, R)`
          for the :math:`T` masked relations, among :math:`R`

    Example:
        >>> from gmert_pyg.data.chain_graph import ChainGraph
        >>> graph = ChainGraph.from_triples([5, 6, 7], [(0, 2, 3, [8, 9])])
        >>> config = GraphMertConfig.small(vocab_size=10)
        >>> GraphMertForPreTraining(config)(graph).logits.shape
        torch.Size([5, 10])
    """

    # The Trainer hands over the number of items only if this says so.
    accepts_loss_kwargs = True

    def __init__(self, config: GraphMertConfig) -> None:
        super().__init__(config)
        assert config.num_relations is not None
        size = config.hidden_size
        eps = getattr(config.backbone_config, "layer_norm_eps", 1e-5)
        self.graphmert = GraphMertModel(config)
        self.lm_head = LMHead(
            size,
            config.vocab_size,
            config.num_transform_layers,
            eps,
            tied=config.tie_word_embeddings,
            embedding_size=config.embedding_size,
        )
        self.sbo_head = (
            SpanBoundaryHead(
                size, config.sbo_max_length, eps, config.embedding_size
            )
            if config.sbo
            else None
        )
        self.relation_head = (
            RelationHead(size, config.num_relations, eps)
            if config.relation_loss
            else None
        )
        self.post_init()

    def forward(
        self, batch: Data, num_items_in_batch: Tensor | None = None
    ) -> GraphMertForPreTrainingOutput:
        r"""Return the losses if the batch has labels, else all logits.

        Args:
            batch (Data): a graph or a batch of graphs.
            num_items_in_batch (Tensor, optional): :math:`[4]`, what to divide
                the sums over masked roots, those with a place in a span, masked
                leaves and masked relations by; see
                :meth:`~gmert_pyg.training.batches.target_counts.target_counts`.
                (default: the numbers of the batch)

        Raises:
            ValueError: if a token, a relation, a position or a label is out of
                range, or if there are not four numbers of items.
        """
        num_items = numbers_of_items(num_items_in_batch, 4)
        ahead = found_ahead(batch)
        if ahead is None:
            check_labels(batch, self.config)
        x = self.graphmert(batch).last_hidden_state
        if "labels" not in batch and "edge_label" not in batch:
            return GraphMertForPreTrainingOutput(
                logits=self.lm_head(x, self._embedding), last_hidden_state=x
            )
        targets = ahead.targets if ahead is not None else None
        if targets is None:
            targets = target_indices(batch, self.config)
        labels = labels_of(batch)
        out = GraphMertForPreTrainingOutput(last_hidden_state=x)
        is_root = batch.node_type[targets.node] == 0
        self._token_losses(out, x, labels, targets.node, is_root, num_items)
        self._span_loss(out, x, labels, targets.spans, num_items)
        self._relation_loss(out, x, targets.triples, num_items)
        roots = total_loss(x, out.mlm_loss, out.sbo_loss)
        leaves = total_loss(x, out.leaf_loss, out.relation_loss)
        weight = self.config.lambda_mlm
        out.loss = weight * roots + (1 - weight) * leaves
        return out

    def predict_tails(
        self,
        batch: Data,
        k: int = 10,
        banned_token_ids: Sequence[int] = (),
    ) -> TailPredictions:
        r"""Return the most probable tokens of every masked leaf: each leaf
        whose token is the mask token, given all that is not masked.

        Leaves are answered for one by one. Where another triple has the same
        tail, mask that too, or the answer is there to be copied.
        :mod:`gmert_pyg.distill.completion` writes whole tails of unknown
        length.

        Args:
            batch (Data): a graph or a batch of graphs.
            k (int, optional): the number of tokens. (default: :obj:`10`)
            banned_token_ids (Sequence[int], optional): tokens that are no
                answer, such as :obj:`tokenizer.all_special_ids`; the mask token
                never is one. (default: :obj:`()`)

        Raises:
            ValueError: if the batch has no masked leaf, or there are fewer
                than :math:`k` tokens to choose from.

        Example:
            >>> from gmert_pyg.data.chain_graph import ChainGraph
            >>> graph = ChainGraph.from_triples([5, 6], [(0, 2, 3, [2, 9])])
            >>> config = GraphMertConfig.small(vocab_size=10)
            >>> tails = GraphMertForPreTraining(config).predict_tails(graph, 3)
            >>> tails.node.tolist(), tails.token_ids.shape
            ([2], torch.Size([1, 3]))
        """
        return predict_tails(self, batch, k, banned_token_ids)

    @classmethod
    def from_authors_state_dict(
        cls, state_dict: Mapping[str, Tensor], config: Mapping[str, Any]
    ) -> GraphMertForPreTraining:
        r"""Read a checkpoint of the GraphMERT authors.

        Relation ids stay as they are there, :math:`1, \ldots, R`. Heads that
        the authors do not have (span boundary, relation) are drawn at random.

        Args:
            state_dict (Mapping): their weights, under their names.
            config (Mapping): their configuration.

        Raises:
            ValueError: if a setting or a weight is missing, or does not fit.
        """
        own = authors_config(config)
        model = cls(own)
        model.eval()
        for name, value in translate_state_dict(state_dict, own).items():
            parameter = model.get_parameter(name)
            if parameter.shape != value.shape:
                raise ValueError(
                    f"'state_dict' must have {tuple(parameter.shape)} for "
                    f"'{name}' (got {tuple(value.shape)})"
                )
            parameter.data.copy_(value)
        return model

    @property
    def _embedding(self) -> Tensor:
        return self.graphmert.get_input_embeddings().weight

    def _token_losses(
        self,
        out: GraphMertForPreTrainingOutput,
        x: Tensor,
        labels: Tensor,
        node: Tensor,
        is_root: Tensor,
        num_items: NumbersOfItems,
    ) -> None:
        out.labelled_nodes, out.labels = node, labels[node]
        out.logits = self.lm_head(x[node], self._embedding)
        losses = F.cross_entropy(
            in_full(out.logits), out.labels, reduction="none"
        )
        out.mlm_loss = mean_where(losses, is_root, num_items[_ROOTS])
        if self.config.leaf_loss:
            out.leaf_loss = mean_where(losses, ~is_root, num_items[_LEAVES])

    def _span_loss(
        self,
        out: GraphMertForPreTrainingOutput,
        x: Tensor,
        labels: Tensor,
        spans: SpanTargets | None,
        num_items: NumbersOfItems,
    ) -> None:
        if self.sbo_head is None or spans is None:
            return
        node, *boundaries = spans
        states = self.sbo_head(x, *boundaries)
        logits = self.lm_head.decode(states, self._embedding)
        out.sbo_loss = cross_entropy(logits, labels[node], num_items[_SPANS])

    def _relation_loss(
        self,
        out: GraphMertForPreTrainingOutput,
        x: Tensor,
        triples: TripleIndices | None,
        num_items: NumbersOfItems,
    ) -> None:
        if self.relation_head is None or triples is None:
            return
        out.relation_logits = self.relation_head(*triple_means(x, triples))
        out.relation_labels = triples.label
        out.relation_loss = cross_entropy(
            out.relation_logits, triples.label, num_items[_RELATIONS]
        )
