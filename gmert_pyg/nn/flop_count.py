"""How many floating-point operations training takes, from the model's sizes."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch_geometric.data import Data

from gmert_pyg.nn.attention.names import FLEX
from gmert_pyg.nn.packed_batch import packed_length
from gmert_pyg.transforms.labels import IGNORE_INDEX


class Work(NamedTuple):
    """What there is to compute in a batch: numbers, or tensors of one.

    Args:
        nodes: nodes, without padding.
        pairs: pairs of nodes that attend to each other: of the same graph.
        labels: labelled nodes, whose vocabulary logits are computed.
        boundaries: masked roots that the boundaries of their span predict.
        relations: masked relations.
        fused: leaves that H-GAT fuses with their heads; with occurrence edges
            in it, at most one more for each direction of those.
        edges: edges that H-GAT passes messages over.
    """

    nodes: Any = 0
    pairs: Any = 0
    labels: Any = 0
    boundaries: Any = 0
    relations: Any = 0
    fused: Any = 0
    edges: Any = 0


class FlopCount(NamedTuple):
    r"""The floating-point operations of a forward and a backward pass, per
    unit of :class:`Work`, and once per batch.

    A multiplication and an addition are two operations. A matrix of :math:`w`
    weights takes :math:`2 w` for a row, and twice as much for both gradients:

    .. math::
        \begin{aligned}
        \text{node:} \quad & 6 \, w_{\mathrm{enc}} \\
        \text{pair:} \quad & 12 \, L d \\
        \text{label:} \quad & 6 \, (w_{\mathrm{lm}} + d' |V|) \\
        \text{boundary:} \quad & 6 \, (w_{\mathrm{sbo}} + d' |V|) \\
        \text{relation:} \quad & 6 \, w_{\mathrm{rel}} \\
        \text{fused:} \quad & 6 \, b \, d'^2 + 6 \, d' \\
        \text{edge:} \quad & 12 \, d' \\
        \text{batch:} \quad & 12 \, b \, R d'^2
        \end{aligned}

    where :math:`w_{\mathrm{enc}}` are the weights of the dense layers of the
    encoder, with :math:`L` layers of width :math:`d`; :math:`w_{\mathrm{lm}}`,
    :math:`w_{\mathrm{sbo}}` and :math:`w_{\mathrm{rel}}` are those of the heads
    outside of the vocabulary :math:`V`, whose embedding has :math:`d'`; and
    H-GAT has :math:`R` relations and :math:`b` bases, or 1 without. A pair
    takes :math:`2d` in :math:`\mathbf{Q} \mathbf{K}^{\top}` and :math:`2d` in
    the product with :math:`\mathbf{V}`. What is done element by element
    (softmax, decay, norms, dropout, the optimizer) is not counted, as usual,
    nor is what gradient checkpointing computes again.

    Args:
        node, pair, label, boundary, relation, fused, edge: operations per unit.
        batch: operations per batch.

    Example:
        >>> from gmert_pyg import GraphMertConfig, GraphMertForPreTraining
        >>> config = GraphMertConfig.small(vocab_size=100)
        >>> count = count_flops(GraphMertForPreTraining(config))
        >>> count.pair == 12 * config.num_hidden_layers * config.hidden_size
        True
        >>> count.total(Work(pairs=2)) - count.batch == 2 * count.pair
        True
    """

    node: int
    pair: int
    label: int
    boundary: int
    relation: int
    fused: int
    edge: int
    batch: int

    def total(self, work: Work) -> Any:
        """Return the operations that a batch takes.

        Args:
            work: what is in it.
        """
        return self.batch + sum(
            each * number for each, number in zip(self[:-1], work, strict=True)
        )


def count_flops(model: nn.Module) -> FlopCount:
    """Count the operations of a model with or without heads of pre-training.

    Args:
        model (GraphMertPreTrainedModel): a model around an encoder.
    """
    encoder: Any = model.get_submodule("graphmert")
    config = encoder.config
    size, vocab = config.embedding_size, config.vocab_size
    hgat = encoder.hgat
    bases = 1 if hgat is None or hgat.num_bases is None else hgat.num_bases
    has = 0 if hgat is None else 1
    lm_head, boundary, relation = (
        getattr(model, name, None)
        for name in ("lm_head", "sbo_head", "relation_head")
    )
    lm_weights = getattr(lm_head, "transform", None)
    return FlopCount(
        node=6 * _dense_weights(encoder.backbone),
        pair=12 * config.num_hidden_layers * config.hidden_size,
        label=6 * (_dense_weights(lm_weights) + size * vocab)
        if lm_head is not None
        else 0,
        boundary=6 * (_dense_weights(boundary) + size * vocab)
        if boundary is not None
        else 0,
        relation=6 * _dense_weights(relation),
        fused=has * (6 * bases * size * size + 6 * size),
        edge=has * 12 * size,
        batch=has * 12 * bases * config.num_hgat_relations * size * size,
    )


def work_of(batch: Data, config: Any, num_relations: int = 0) -> Work:
    """Return what there is to compute in a batch, without waiting for its
    device.

    Args:
        batch (Data): a graph or a batch of graphs.
        config (GraphMertConfig): the configuration of the model.
        num_relations (int, optional): how many relations are masked.
            (default: :obj:`0`)
    """
    nodes = batch.input_ids.numel()
    sizes = graph_sizes(batch)
    labels = batch.get("labels", None)
    is_labelled = torch.zeros_like(batch.node_type, dtype=torch.bool)
    if labels is not None:
        is_labelled = labels != IGNORE_INDEX
    is_grafted = batch.edge_type <= config.num_relations
    others = 0
    if config.occurrence == "hgat":
        others = 2 * (~is_grafted).sum()
    return Work(
        nodes=nodes,
        pairs=(sizes * sizes).sum(),
        labels=is_labelled.sum(),
        boundaries=(is_labelled & (batch.node_type == 0)).sum(),
        relations=num_relations,
        fused=(batch.node_type == 1).sum() + others,
        edges=is_grafted.sum() + others,
    )


def graph_sizes(batch: Data) -> Tensor:
    """Return the number of nodes of every graph of a batch."""
    ptr: Tensor | None = batch.get("ptr", None)
    if ptr is not None:
        return ptr.diff()
    nodes: Tensor = batch.node_type
    return nodes.new_full((1,), nodes.numel())


def num_places(batch: Data, model: nn.Module) -> Tensor:
    """Return [], how many nodes the encoder computes, with padding.

    Args:
        batch (Data): a graph or a batch of graphs.
        model (GraphMertPreTrainedModel): a model around an encoder.
    """
    encoder: Any = model.get_submodule("graphmert")
    sizes = graph_sizes(batch)
    if encoder.backbone.config._attn_implementation == FLEX:
        nodes = batch.input_ids.numel()
        length = packed_length(nodes, encoder.config.token_budget)
        return sizes.new_full((), length)
    return sizes.max() * sizes.numel()


def _dense_weights(module: nn.Module | None) -> int:
    if module is None:
        return 0
    return sum(
        layer.weight.numel()
        for layer in module.modules()
        if isinstance(layer, nn.Linear)
    )
