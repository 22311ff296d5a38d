"""Views of a batch of graphs, or of one graph, as flat arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.transforms.counter_random import hashed, uniform

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RaggedNodes:
    """The nodes of a batch, and for each the graph and the triple it is in.

    Args:
        graph: :math:`[N]`, the graph of every node, 0, 1, ...
        start: :math:`[B]`, the first node of every graph.
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
    start: IntArray
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
    def num_graphs(self) -> int:
        """The number of graphs in the batch."""
        return len(self.start)

    def uniform(
        self, seed: int, stream: int, where: IntArray
    ) -> NDArray[np.float64]:
        """Draw one number in [0, 1) for each node index in `where`.

        It is a function of the seed, the stream, the epoch, the graph and the
        place of the node in its graph.
        """
        of_graph = hashed(self.epoch, self.draw, state=_hash(seed, stream))
        graph = self.graph[where]
        return uniform(where - self.start[graph], state=of_graph[graph])

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
        is_root = node_type == 0
        # Leaves are grouped by triple and their slots, unlike those of roots,
        # start at 1.
        first = data.slot.numpy() == 1
        triple = np.cumsum(first)
        triple[is_root] = 0
        return cls(
            graph=graph,
            start=np.searchsorted(graph, np.arange(num_graphs)),
            is_root=is_root,
            triple=triple,
            first_leaf=np.flatnonzero(first),
            draw=_per_graph(data, "graph_id", num_graphs),
            epoch=_per_graph(data, "epoch", num_graphs),
        )


@lru_cache
def _hash(seed: int, stream: int) -> NDArray[np.uint64]:
    return hashed(seed, stream)


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
