"""Views of a batch of graphs, or of one graph, as flat arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from gmert_pyg.data.chain_graph import ChainGraph

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RaggedNodes:
    """The nodes of a batch, and for each the graph and the triple it is in.

    Args:
        graph: :math:`[N]`, the graph of every node, 0, 1, ...
        is_root: :math:`[N]`, whether the node is a root.
        triple: :math:`[N]`, 0 for roots; leaves of one triple share a number
            between 1 and `num_triples` that is unique in the batch.
        first_leaf: :math:`[T]`, the node index of the first leaf of triple
            1, 2, ...
        draw: :math:`[B]`, the number that stands for each graph in random
            draws.
        epoch: :math:`[B]`, the epoch that each graph is read in.
    """

    graph: IntArray
    is_root: BoolArray
    triple: IntArray
    first_leaf: IntArray
    draw: IntArray
    epoch: IntArray

    @property
    def num_triples(self) -> int:
        """The number of triples in the batch."""
        return len(self.first_leaf)

    @property
    def position(self) -> IntArray:
        """:math:`[N]`, the place of every node inside its own graph."""
        starts = np.searchsorted(self.graph, np.arange(len(self.draw)))
        return np.arange(len(self.graph)) - starts[self.graph]

    @classmethod
    def of(cls, data: ChainGraph) -> RaggedNodes:
        """Read the nodes of a graph or of a batch of graphs."""
        node_type = data.node_type.numpy()
        batch = getattr(data, "batch", None)
        graph = (
            np.zeros(len(node_type), np.int64)
            if batch is None
            else batch.numpy()
        )
        num_graphs = int(graph[-1]) + 1 if len(graph) else 1
        # Leaves are grouped by triple and their slots start at 1.
        first = (data.slot.numpy() == 1) & (node_type == 1)
        triple = np.where(node_type == 1, np.cumsum(first), 0)
        return cls(
            graph=graph,
            is_root=node_type == 0,
            triple=triple,
            first_leaf=np.flatnonzero(first),
            draw=_per_graph(data, "graph_id", num_graphs),
            epoch=_per_graph(data, "epoch", num_graphs),
        )


def _per_graph(data: ChainGraph, name: str, num_graphs: int) -> IntArray:
    """Read an attribute that a graph may lack, one integer per graph."""
    value = getattr(data, name, None)
    if value is None:
        return (
            np.arange(num_graphs)
            if name == "graph_id"
            else np.zeros(num_graphs, np.int64)
        )
    if isinstance(value, Tensor):
        return value.reshape(-1).numpy()
    return np.atleast_1d(np.asarray(value, np.int64))
