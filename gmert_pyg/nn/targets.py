"""What the heads of pre-training read, derived from the labels of a batch."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch_geometric.utils import scatter

from gmert_pyg.transforms.labels import IGNORE_INDEX


class SpanTargets(NamedTuple):
    """The labelled roots of a batch that have a place in a masked span."""

    node: Tensor
    left: Tensor
    right: Tensor
    has_left: Tensor
    has_right: Tensor
    place: Tensor


class TripleIndices(NamedTuple):
    r"""The triples of a batch whose relation is masked.

    Args:
        leaf (Tensor): the leaf of every edge of these triples.
        head (Tensor): its head token.
        group (Tensor): which of the triples the edge belongs to.
        label (Tensor): the relation of every triple.

    Shapes:
        - **leaf, head, group:** one per edge
        - **label:** :math:`(T)`
    """

    leaf: Tensor
    head: Tensor
    group: Tensor
    label: Tensor


def span_targets(
    labels: Tensor, node_type: Tensor, graph: Tensor, max_length: int
) -> SpanTargets:
    r"""Find the spans: the longest runs of neighbouring labelled roots.

    Args:
        labels (Tensor): the labels, -100 where there is none.
        node_type (Tensor): 0 for a root, 1 for a leaf.
        graph (Tensor): the graph of every node.
        max_length (int): later places of a span are left out.

    Shapes:
        - **input:** :math:`(N)` each
    """
    root = node_type == 0
    labelled = root & (labels != IGNORE_INDEX)
    linked = root[1:] & root[:-1] & (graph[1:] == graph[:-1])
    goes_on = torch.zeros_like(labelled)
    goes_on[1:] = linked & labelled[1:] & labelled[:-1]
    follows = torch.zeros_like(labelled)
    follows[:-1] = goes_on[1:]

    index = torch.arange(labels.numel(), device=labels.device)
    first = torch.where(goes_on, 0, index).cummax(0).values
    last = torch.where(follows, labels.numel(), index).flip(0)
    last = last.cummin(0).values.flip(0)
    place = index - first
    node = (labelled & (place < max_length)).nonzero().flatten()

    links = torch.zeros(
        labels.numel() + 1, dtype=torch.bool, device=labels.device
    )
    links[1:-1] = linked
    first, last = first[node], last[node]
    return SpanTargets(
        node,
        (first - 1).clamp(min=0),
        (last + 1).clamp(max=labels.numel() - 1),
        links[first],
        links[last + 1],
        place[node],
    )


def triple_indices(
    edge_index: Tensor, edge_label: Tensor, triple: Tensor, graph: Tensor
) -> TripleIndices:
    r"""Find the triples whose relation is masked, by graph and triple.

    Args:
        edge_index (Tensor): the edges.
        edge_label (Tensor): the masked relation of an edge, else -100.
        triple (Tensor): the triple of every node.
        graph (Tensor): the graph of every node.

    Shapes:
        - **input:** :math:`(2, E)`, :math:`(E)`, and :math:`(N)` each
    """
    masked = (edge_label != IGNORE_INDEX).nonzero().flatten()
    head, leaf = edge_index[:, masked]
    # Fewer triples than nodes, so this numbers the triples of all graphs.
    key = graph[leaf] * triple.numel() + triple[leaf]
    key, group = torch.unique(key, return_inverse=True)
    label = edge_label.new_empty(key.numel())
    label = label.scatter(0, group, edge_label[masked])
    return TripleIndices(leaf, head, group, label)


def triple_means(x: Tensor, triples: TripleIndices) -> tuple[Tensor, Tensor]:
    r"""Average the states of the leaves, and of the head, of every triple.

    Args:
        x (Tensor): the states.
        triples (TripleIndices): the triples.

    Shapes:
        - **input:** :math:`(N, d)`
        - **output:** :math:`(T, d)` twice
    """
    # Every head token is linked to every leaf: the mean over edges is the mean
    # over distinct nodes.
    leaves, heads = (
        scatter(
            x[node],
            triples.group,
            dim_size=triples.label.numel(),
            reduce="mean",
        )
        for node in (triples.leaf, triples.head)
    )
    return leaves, heads
