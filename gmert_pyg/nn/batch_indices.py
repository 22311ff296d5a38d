"""Sizes and indices that follow from the values of a batch."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.transforms import BaseTransform

from gmert_pyg.nn.batch_checks import (
    check_batch,
    check_labels,
    graph_of_nodes,
)
from gmert_pyg.nn.configuration import GraphMertConfig
from gmert_pyg.nn.conv.edge_groups import EdgeGroups, group_edges
from gmert_pyg.nn.occurrence import (
    PairIndices,
    both_directions,
    occurrence_edges,
    occurrence_pairs,
)
from gmert_pyg.nn.targets import (
    SpanTargets,
    TripleIndices,
    span_targets,
    triple_indices,
)
from gmert_pyg.transforms.labels import IGNORE_INDEX


class HGATEdges(NamedTuple):
    """The edges that H-GAT passes messages over, [2, E'] and [E'], grouped."""

    edge_index: Tensor
    edge_type: Tensor
    groups: EdgeGroups


class EncoderIndices(NamedTuple):
    """What the encoder asks of a batch.

    Args:
        length (int): the number of nodes of the largest graph.
        edges (HGATEdges, optional): of a model with H-GAT.
        pairs (PairIndices, optional): of a model with occurrence biases.
    """

    length: int
    edges: HGATEdges | None
    pairs: PairIndices | None


class TargetIndices(NamedTuple):
    r"""What the losses ask of a batch with labels.

    Args:
        node (Tensor): the labelled nodes, :math:`[M]`.
        spans (SpanTargets, optional): of a model with the boundary loss.
        triples (TripleIndices, optional): of a model with the relation loss.
    """

    node: Tensor
    spans: SpanTargets | None
    triples: TripleIndices | None


class BatchIndices(NamedTuple):
    """All of it."""

    encoder: EncoderIndices
    targets: TargetIndices | None


class IndexBatch(BaseTransform):
    """Checks a batch and finds, ahead of the model, what follows from values.

    How many nodes are labelled, which edges share a target: a model that reads
    this off a batch on a GPU makes it wait for the device a dozen times in a
    step. On the CPU, in the workers of a loader, it costs little: the model
    then takes what it finds in `batch.indices`, which moves with the batch. It
    must be the last that changes the batch. Without it, the model does the
    same by itself.

    Args:
        config (GraphMertConfig): of the model.
        max_positions (int, optional): the positions its encoder has.

    Raises:
        ValueError: when called, if the batch does not fit the model.

    Example:
        >>> from gmert_pyg.data.chain_graph import ChainGraph
        >>> graph = ChainGraph.from_triples([5, 6, 7], [(0, 2, 3, [8, 9])])
        >>> graph.labels = torch.tensor([-100, 6, -100, -100, 9])
        >>> batch = IndexBatch(GraphMertConfig.small())(graph)
        >>> batch.indices.targets.node.tolist()
        [1, 4]
    """

    def __init__(
        self, config: GraphMertConfig, max_positions: int | None = None
    ) -> None:
        self.config = config
        self.max_positions = max_positions

    def forward(self, data: Data) -> Data:
        check_labels(data, self.config)
        encoder = encoder_indices(data, self.config, self.max_positions)
        targets = None
        if "labels" in data or "edge_label" in data:
            targets = target_indices(data, self.config)
        data.indices = BatchIndices(encoder, targets)
        return data


def found_ahead(batch: Data) -> BatchIndices | None:
    """Return what :class:`IndexBatch` has found, if it was there."""
    indices: BatchIndices | None = batch.get("indices", None)
    return indices


def encoder_indices(
    batch: Data, config: GraphMertConfig, max_positions: int | None
) -> EncoderIndices:
    """Check a batch, and return what the encoder asks of it.

    Args:
        batch (Data): a graph or a batch of graphs.
        config (GraphMertConfig): of the model.
        max_positions (int, optional): the positions its encoder has.

    Raises:
        ValueError: if the batch does not fit the model.
    """
    graph, num_graphs = graph_of_nodes(batch)
    length, high_type = check_batch(
        batch, graph, num_graphs, config, max_positions
    )
    edges = _hgat_edges(batch, config, high_type) if config.hgat else None
    pairs = None
    if config.occurrence == "bias":
        between = occurrence_edges(batch.edge_index, batch.edge_type, config)
        pairs = occurrence_pairs(*between, graph.numel())
    return EncoderIndices(length, edges, pairs)


def target_indices(batch: Data, config: GraphMertConfig) -> TargetIndices:
    """Return what the losses ask of a batch that has been checked.

    Args:
        batch (Data): a graph or a batch of graphs.
        config (GraphMertConfig): of the model.
    """
    graph, _ = graph_of_nodes(batch)
    labels = labels_of(batch)
    spans = triples = None
    if config.sbo:
        spans = span_targets(
            labels, batch.node_type, graph, config.sbo_max_length
        )
    if config.relation_loss:
        edge_label = batch.get("edge_label", None)
        if edge_label is None:
            edge_label = torch.full_like(batch.edge_type, IGNORE_INDEX)
        triples = triple_indices(
            batch.edge_index, edge_label, batch.triple, graph
        )
    node = (labels != IGNORE_INDEX).nonzero().flatten()
    return TargetIndices(node, spans, triples)


def labels_of(batch: Data) -> Tensor:
    """Return the labels of the nodes of a batch, which may have none."""
    labels: Tensor | None = batch.get("labels", None)
    if labels is None:
        return torch.full_like(batch.input_ids, IGNORE_INDEX)
    return labels


def _hgat_edges(
    batch: Data, config: GraphMertConfig, high_type: int
) -> HGATEdges:
    edge_index, edge_type = batch.edge_index, batch.edge_type
    mask_relation = config.num_relations
    assert mask_relation is not None
    if high_type > mask_relation:
        if config.occurrence == "hgat":
            edge_index, edge_type = both_directions(
                edge_index, edge_type, config
            )
        else:
            keep = edge_type <= mask_relation
            edge_index, edge_type = edge_index[:, keep], edge_type[keep]
    num_nodes = batch.input_ids.numel()
    groups = group_edges(
        edge_index, edge_type, num_nodes, num_nodes, config.num_hgat_relations
    )
    return HGATEdges(edge_index, edge_type, groups)
