"""Occurrence edges inside a model: biases of attention, or messages."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from gmert_pyg.nn.configuration import GraphMertConfig


class Pairs(NamedTuple):
    r"""What occurrence edges add to the attention logits of a padded batch.

    Args:
        pair_index (Tensor): positions :math:`(b L + q) L + k` in a
            :math:`(B, L, L)` tensor, ascending, each once.
        pair_bias (Tensor): the summand of every head at these positions.

    Shapes:
        - **pair_index:** :math:`(P)`
        - **pair_bias:** :math:`(H, P)`
    """

    pair_index: Tensor
    pair_bias: Tensor


class PairIndices(NamedTuple):
    r"""The pairs of nodes that occurrence edges link, in either direction.

    Args:
        query (Tensor): the nodes that attend, ascending.
        key (Tensor): the nodes that they attend to; no pair occurs twice.
        pair (Tensor): of every edge forwards, then backwards, its pair.
        row (Tensor): of the same, :math:`2 o + \text{direction}` for kind
            :math:`o`.

    Shapes:
        - **query, key:** :math:`(P)`
        - **pair, row:** :math:`(2 |\mathcal{E}|)`
    """

    query: Tensor
    key: Tensor
    pair: Tensor
    row: Tensor


class OccurrenceBias(nn.Module):
    r"""A learned bias of attention for every kind of occurrence edge, direction
    and head.

    .. math::
        \ell^{\prime}_{h}(q, k) = \ell_{h}(q, k) +
        \sum_{(q, k) \in \mathcal{E}_o} b_{o, 0, h} +
        \sum_{(k, q) \in \mathcal{E}_o} b_{o, 1, h}

    where :math:`\ell_h(q, k)` is the logit with which node :math:`q` attends to
    node :math:`k` in head :math:`h`, after the decay, :math:`\mathcal{E}_o` are
    the edges :math:`(\mathrm{source}, \mathrm{target})` of kind :math:`o`, and
    :math:`b` starts at 0, where the edges do nothing. Only the pairs that edges
    link are ever listed. All layers share :math:`b`, as they share the offsets
    of the decay.

    Related to the relational attention of GREAT (`"Global Relational Models of
    Source Code" <https://openreview.net/forum?id=B1lnbRNtwr>`_), whose biases
    scale with the key.

    Args:
        num_kinds (int): the number :math:`O` of kinds of edges.
        num_heads (int): the number :math:`H` of attention heads.

    Shapes:
        - **input:** edges :math:`(2, |\mathcal{E}|)` and their kinds
          :math:`(|\mathcal{E}|)`, the places :math:`b L + q` of the nodes
          :math:`(N)`
        - **output:** positions :math:`(P)` and biases :math:`(H, P)`, with
          :math:`P \leq 2 |\mathcal{E}|`

    Example:
        >>> layer = OccurrenceBias(num_kinds=5, num_heads=2)
        >>> edge_index, kind = torch.tensor([[2], [0]]), torch.tensor([3])
        >>> layer(edge_index, kind, torch.arange(4), 4).pair_index.tolist()
        [2, 8]
    """

    def __init__(self, num_kinds: int, num_heads: int) -> None:
        super().__init__()
        for name, value in (("num_kinds", num_kinds), ("num_heads", num_heads)):
            if value < 1:
                raise ValueError(f"'{name}' must be positive (got {value})")
        self.occurrence_bias = nn.Parameter(
            torch.empty(num_kinds, 2, num_heads)
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Let the edges do nothing."""
        nn.init.zeros_(self.occurrence_bias)

    def forward(
        self, edge_index: Tensor, kind: Tensor, place: Tensor, length: int
    ) -> Pairs:
        r"""Find the pairs of nodes that edges link, and their biases.

        Args:
            edge_index (Tensor): the occurrence edges.
            kind (Tensor): their kinds, :math:`0, \ldots, O - 1`.
            place (Tensor): where every node stands in a flattened
                :math:`(B, L)` tensor.
            length (int): the number :math:`L` of places of a graph.
        """
        pairs = occurrence_pairs(edge_index, kind, place.numel())
        return self.of_pairs(pairs, place, length)

    def of_pairs(self, pairs: PairIndices, place: Tensor, length: int) -> Pairs:
        r"""Return the places and biases of pairs that have been found.

        Args:
            pairs (PairIndices): the pairs.
            place (Tensor): where every node stands in a flattened
                :math:`(B, L)` tensor.
            length (int): the number :math:`L` of places of a graph.
        """
        index = place[pairs.query] * length + place[pairs.key] % length
        own = self.occurrence_bias.dtype
        # Thousands of pairs share a bias: never sum them in low precision.
        full = torch.promote_types(own, torch.float32)
        table = self.occurrence_bias.to(full).flatten(0, 1).t()
        bias = table.new_zeros(table.size(0), index.numel())
        bias = bias.index_add(1, pairs.pair, table.index_select(1, pairs.row))
        return Pairs(index, bias.to(own))

    def extra_repr(self) -> str:
        """Return the sizes."""
        num_kinds, _, num_heads = self.occurrence_bias.shape
        return f"num_kinds={num_kinds}, num_heads={num_heads}"


def occurrence_pairs(
    edge_index: Tensor, kind: Tensor, num_nodes: int
) -> PairIndices:
    r"""Find the pairs of nodes that occurrence edges link.

    Args:
        edge_index (Tensor): the occurrence edges.
        kind (Tensor): their kinds, :math:`0, \ldots, O - 1`.
        num_nodes (int): the number of nodes.

    Shapes:
        - **input:** :math:`(2, |\mathcal{E}|)` and :math:`(|\mathcal{E}|)`
    """
    source, target = edge_index
    key, pair = torch.unique(
        torch.cat([source * num_nodes + target, target * num_nodes + source]),
        return_inverse=True,
    )
    row = torch.cat([2 * kind, 2 * kind + 1])
    return PairIndices(key // num_nodes, key % num_nodes, pair, row)


def occurrence_edges(
    edge_index: Tensor, edge_type: Tensor, config: GraphMertConfig
) -> tuple[Tensor, Tensor]:
    r"""Return the occurrence edges of a batch and their kinds.

    Args:
        edge_index (Tensor): all edges.
        edge_type (Tensor): their types: relations up to the MASK relation
            :math:`R`, then kinds of occurrences.
        config (GraphMertConfig): the configuration.

    Shapes:
        - **input:** :math:`(2, |\mathcal{E}|)` and :math:`(|\mathcal{E}|)`
    """
    assert config.num_relations is not None
    kind = edge_type - (config.num_relations + 1)
    kept = (kind >= 0).nonzero().flatten()
    return edge_index[:, kept], kind[kept]


def both_directions(
    edge_index: Tensor, edge_type: Tensor, config: GraphMertConfig
) -> tuple[Tensor, Tensor]:
    r"""Add the reverse of every occurrence edge, as a relation of its own.

    With :math:`R` relations and :math:`O` kinds, the reverse of type
    :math:`R + 1 + o` is :math:`R + 1 + O + o`.

    Args:
        edge_index (Tensor): all edges.
        edge_type (Tensor): their types.
        config (GraphMertConfig): the configuration.

    Shapes:
        - **input:** :math:`(2, |\mathcal{E}|)` and :math:`(|\mathcal{E}|)`
    """
    between, kind = occurrence_edges(edge_index, edge_type, config)
    reverse = kind + config.num_edge_types
    return (
        torch.cat([edge_index, between.flip(0)], dim=1),
        torch.cat([edge_type, reverse]),
    )
