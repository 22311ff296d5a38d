"""Views of a batch of graphs, or of one graph, as flat arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.transforms.counter_random import UInt64Array, hashed, uniform

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


class Stream(IntEnum):
    """What is drawn: no two of these have a number in common."""

    SPAN_ORDER = 11
    SPAN_LENGTH = 12
    SPAN_ACTION = 13
    SPAN_TOKEN = 14
    LEAVES = 21
    RELATIONS = 31
    RELATION_ACTION = 32
    RELATION_SHOWN = 33


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
        states: by seed and stream, :math:`[B]`, the hash of these, the epoch
            and the draw; filled when a seed is first asked for.
    """

    graph: IntArray
    start: IntArray
    is_root: BoolArray
    triple: IntArray
    first_leaf: IntArray
    draw: IntArray
    epoch: IntArray
    states: dict[int, dict[Stream, UInt64Array]] = field(default_factory=dict)

    @property
    def num_triples(self) -> int:
        """The number of triples in the batch."""
        return len(self.first_leaf)

    @property
    def num_graphs(self) -> int:
        """The number of graphs in the batch."""
        return len(self.start)

    def hashed(self, seed: int, stream: Stream, where: IntArray) -> UInt64Array:
        """Draw 64 bits for each node index in `where`.

        They are a function of the seed, the stream, the epoch, the graph and
        the place of the node in its graph.
        """
        if seed not in self.states:
            # All streams at once: of few graphs, each call costs as much.
            state = hashed(self.epoch, self.draw, state=_of_streams(seed))
            self.states[seed] = dict(zip(Stream, state, strict=True))
        graph = self.graph[where]
        return hashed(
            where - self.start[graph], state=self.states[seed][stream][graph]
        )

    def uniform(
        self, seed: int, stream: Stream, where: IntArray
    ) -> NDArray[np.float64]:
        """Draw one number in [0, 1) for each node index in `where`."""
        return uniform(self.hashed(seed, stream, where))

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
        triple *= ~is_root
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
def _of_streams(seed: int) -> UInt64Array:
    return hashed(seed, np.array([[stream] for stream in Stream]))


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
