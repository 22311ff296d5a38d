"""Graphs whose leaves are dropped when they are put into a batch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.data.dataset import CodeChainGraphs
from gmert_pyg.data.storage.sharded_graphs import GraphLocation


class Chains:
    """Graphs that count as long as their chains, so that batches are planned
    for what is left when :class:`~gmert_pyg.transforms.DropLeaves` is done.

    Args:
        graphs: the graphs, leaves and all.
    """

    def __init__(self, graphs: CodeChainGraphs) -> None:
        self.graphs = graphs
        counts = [
            np.add.reduceat(
                store.columns["node_type"].numpy() == 0,
                store.pointers("node_type").numpy()[:-1],
                dtype=np.int64,
            )
            for _, store in graphs.store.stores()
        ]
        chosen = np.asarray(graphs.indices())
        self.num_nodes_per_graph: NDArray[np.int64] = np.concatenate(counts)[
            chosen
        ]

    def __len__(self) -> int:
        return len(self.graphs)

    def __getitem__(self, index: int) -> ChainGraph:
        graph: ChainGraph = self.graphs[index]
        return graph

    def locate(self, graph_id: int) -> GraphLocation:
        """Return where the code of a graph is, by its `graph_id`."""
        return self.graphs.locate(graph_id)
