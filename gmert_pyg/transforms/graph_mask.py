"""What all masks of graphs share."""

from __future__ import annotations

from abc import abstractmethod

from torch_geometric.transforms import BaseTransform

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.transforms.ragged import RaggedNodes


class GraphMask(BaseTransform):
    """A transform that masks a graph or a batch, seen as flat arrays."""

    def forward(self, data: ChainGraph) -> ChainGraph:
        self.apply(data, RaggedNodes.of(data))
        return data

    @abstractmethod
    def apply(self, data: ChainGraph, nodes: RaggedNodes) -> None:
        """Mask in place: set attributes, and leave old tensors as they are.

        Args:
            data: the graph or batch.
            nodes: its nodes, which masks before this one have not changed.
        """
