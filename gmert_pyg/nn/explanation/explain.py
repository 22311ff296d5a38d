"""Run a model once, and keep what it attended to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn
from torch_geometric.data import Data

from gmert_pyg.nn.attention.recording import recorded_weights
from gmert_pyg.nn.batch_checks import graph_of_nodes
from gmert_pyg.nn.explanation.distance_attention import (
    DistanceAttention,
    DistanceSums,
)
from gmert_pyg.nn.explanation.triple_attention import (
    TripleAttention,
    triple_attention,
)
from gmert_pyg.nn.modeling_graphmert import GraphMertModel


@dataclass(frozen=True, slots=True)
class Explanation:
    r"""What a model attends to in a graph or a batch of graphs.

    Args:
        triples (TripleAttention, optional): the attention of H-GAT, or
            :obj:`None` if the model has no H-GAT.
        distances (DistanceAttention): the attention of the encoder.
    """

    triples: TripleAttention | None
    distances: DistanceAttention


@torch.no_grad()
def explain(model: GraphMertModel, batch: Data) -> Explanation:
    r"""Run a model on a graph or a batch, and return what it attends to.

    The model runs as in evaluation, without dropout, and with the reference
    form of attention; its mode and its choice of attention are then as before.

    Args:
        model (GraphMertModel): the model.
        batch (Data): a graph or a batch of graphs.

    Raises:
        ValueError: if the batch does not fit the model, or the attention
            weights of its encoder cannot be read.

    Example:
        >>> from gmert_pyg import ChainGraph, GraphMertConfig
        >>> graph = ChainGraph.from_triples([5, 6, 7], [(0, 2, 3, [8, 9])])
        >>> model = GraphMertModel(GraphMertConfig.small(vocab_size=10))
        >>> explanation = explain(model, graph)
        >>> explanation.triples.alpha.shape, explanation.distances.mass.shape
        (torch.Size([4]), torch.Size([4, 8, 4]))
    """
    graph, num_graphs = graph_of_nodes(batch)
    sums = DistanceSums(batch, graph, num_graphs)
    backbone = model.backbone
    encoder = backbone if model.slot_embedding is not None else backbone.encoder
    assert isinstance(encoder, nn.Module)
    with _evaluating(model):
        with recorded_weights(backbone, encoder, sums.add):
            model(batch)
        triples = None
        if model.hgat is not None:
            x = model.get_input_embeddings()(batch.input_ids)
            triples = triple_attention(model.hgat, x, batch, model.config)
    return Explanation(triples, sums.average(model.config, model.decay_offset))


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode
