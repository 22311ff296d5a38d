"""The attention of an encoder by distance in the graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from numpy.typing import NDArray
from torch import Tensor
from torch_geometric.data import Data

from gmert_pyg.nn.configuration import GraphMertConfig
from gmert_pyg.nn.dense_batch import DenseBatch
from gmert_pyg.nn.distance import chain_distance, distance_decay

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class DistanceAttention:
    r"""The attention of an encoder by distance in the graph.

    With the weights :math:`w^{(l, h)}_{uv}` of node :math:`u` on node
    :math:`v` in layer :math:`l` and head :math:`h`, and the pairs
    :math:`\mathcal{P}_D = \{ (u, v) : \mathrm{sp}(u, v) = D \}` of nodes of one
    graph,

    .. math::
        \mathrm{mass}^{(l, h)}_D = \frac{1}{N} \sum_{(u, v) \in \mathcal{P}_D}
        w^{(l, h)}_{uv}, \qquad
        \mathrm{weight}^{(l, h)}_D = \frac{1}{|\mathcal{P}_D|}
        \sum_{(u, v) \in \mathcal{P}_D} w^{(l, h)}_{uv}.

    The mass says where a node looks, and sums to 1 over the distances; the
    weight says how much one pair gets, however many pairs there are. Both are
    averages over all :math:`N` nodes of a batch; padding has no part in them.

    Args:
        mass (Tensor): the share of a node's attention on the nodes at distance
            :math:`D`.
        weight (Tensor): the mean weight of a pair at distance :math:`D`;
            NaN where there is none.
        even (Tensor): the mass if every node attended evenly to all nodes of
            its graph, to compare with.
        num_pairs (Tensor): the number :math:`|\mathcal{P}_D|` of pairs.
        num_nodes (int): the number :math:`N` of nodes.
        decay (Tensor, optional): the decay :math:`f_h(D)`, or :obj:`None` if
            distance does not damp the model's attention.
        p (Tensor, optional): the offset :math:`p_h` of every head, likewise.

    Shapes:
        - **mass, weight:** :math:`(\text{layers}, H, D_{\max} + 1)`
        - **even, num_pairs:** :math:`(D_{\max} + 1)`
        - **decay:** :math:`(H, D_{\max} + 1)`
        - **p:** :math:`(H)`
    """

    mass: Tensor
    weight: Tensor
    even: Tensor
    num_pairs: Tensor
    num_nodes: int
    decay: Tensor | None
    p: Tensor | None

    def to_pandas(self) -> pd.DataFrame:
        """Return one row per layer, head and distance, all counted from 0."""
        import numpy as np
        import pandas as pd

        names = ("layer", "head", "distance")
        places = np.indices(tuple(self.mass.shape)).reshape(3, -1)
        columns = {
            "mass": self.mass,
            "weight": self.weight,
            "even": self.even,
            "num_pairs": self.num_pairs,
        }
        if self.decay is not None:
            columns["decay"] = self.decay
        return pd.DataFrame(
            dict(zip(names, places, strict=True))
            | {
                name: _column(value.expand(self.mass.shape))
                for name, value in columns.items()
            }
        )


class DistanceSums:
    r"""Sums attention weights over the pairs at every distance.

    Args:
        batch (Data): a graph or a batch of graphs.
        graph (Tensor): the graph of every node, ascending.
        num_graphs (int): the number of graphs.
    """

    def __init__(self, batch: Data, graph: Tensor, num_graphs: int) -> None:
        self.batch, self.graph, self.num_graphs = batch, graph, num_graphs
        self.index: Tensor | None = None
        self.num_pairs = graph.new_zeros(0)
        self.even = graph.new_zeros(0)
        self.sums: list[Tensor] = []

    def add(self, weights: Tensor) -> None:
        r"""Take in the weights of a layer.

        Shapes:
            - **weights:** :math:`(B, H, L, L)`
        """
        if self.index is None:
            self.index = self._bucket(weights.size(-1))
        # Thousands of pairs share a distance: never sum them in low precision.
        flat = weights.to(torch.promote_types(weights.dtype, torch.float32))
        flat = flat.transpose(0, 1).reshape(weights.size(1), -1)
        num_distances = self.num_pairs.numel()
        sums = flat.new_zeros(flat.size(0), num_distances + 1)
        sums.index_add_(1, self.index, flat)
        self.sums.append(sums[:, :num_distances])

    def average(
        self, config: GraphMertConfig, offset: Tensor | None
    ) -> DistanceAttention:
        """Return the averages over nodes and over pairs.

        Args:
            config (GraphMertConfig): the configuration.
            offset (Tensor, optional): the offset of every head.

        Raises:
            ValueError: if no weights were taken in.
        """
        if not self.sums:
            raise ValueError(
                "'backbone' must pass keyword arguments on to its attention, "
                "or its weights cannot be read "
                f"(got {type(config.backbone_config).__name__})"
            )
        sums = torch.stack(self.sums)
        decay = None
        if offset is not None:
            distance = torch.arange(sums.size(-1), device=offset.device)
            decay = distance_decay(
                distance[None],
                offset.detach(),
                config.decay_base,
                config.distance_shift,
            )[:, 0]
        return DistanceAttention(
            mass=sums / self.graph.numel(),
            weight=sums / self.num_pairs,
            even=self.even.to(sums.dtype),
            num_pairs=self.num_pairs,
            num_nodes=self.graph.numel(),
            decay=decay,
            p=None if offset is None else offset.detach().clone(),
        )

    def _bucket(self, length: int) -> Tensor:
        """Number the distances of all pairs; pairs with padding come last."""
        dense = DenseBatch(self.graph, self.num_graphs, length)
        nodes = [
            dense.to_dense(self.batch[name])
            for name in ("anchor", "node_type", "slot", "triple")
        ]
        distance, mask = chain_distance(*nodes), dense.mask()
        within = mask[:, :, None] & mask[:, None, :]
        self.num_pairs = torch.bincount(distance[within])
        share = 1 / within.sum(dim=-1, keepdim=True).clamp(min=1)
        sums = torch.bincount(
            distance[within], share.expand(within.shape)[within]
        )
        self.even = sums / self.graph.numel()
        last = self.num_pairs.numel()
        return torch.where(within, distance, last).flatten()


def _column(value: Tensor) -> NDArray[Any]:
    value = value.flatten().cpu()
    # NumPy has no bfloat16.
    if value.is_floating_point():
        value = value.double()
    array: NDArray[Any] = value.numpy()
    return array
