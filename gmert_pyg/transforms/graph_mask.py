"""What all masks of graphs share."""

from __future__ import annotations

from abc import abstractmethod

import torch
from torch_geometric.data import Batch
from torch_geometric.transforms import BaseTransform

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.transforms.ragged import RaggedNodes

# The targets that masks add, and what they have an entry for each of.
_TARGETS = {"labels": "input_ids", "edge_label": "edge_type"}


class GraphMask(BaseTransform):
    """A transform that masks a graph or a batch, seen as flat arrays.

    A batch comes apart into masked graphs with their targets.
    """

    def forward(self, data: ChainGraph) -> ChainGraph:
        self.apply(data, RaggedNodes.of(data))
        if isinstance(data, Batch):
            _divide_targets(data)
        return data

    @abstractmethod
    def apply(self, data: ChainGraph, nodes: RaggedNodes) -> None:
        """Mask in place: set attributes, and leave old tensors as they are.

        Args:
            data: the graph or batch.
            nodes: its nodes, which masks before this one have not changed.
        """


def _divide_targets(batch: Batch) -> None:
    """Tell a batch which graph each target is of."""
    # A batch that was made by hand tells that of nothing.
    slices = getattr(batch, "_slice_dict", None) or {}
    found = set(batch.keys())
    unshifted = torch.zeros(batch.num_graphs, dtype=torch.long)
    for target, like in _TARGETS.items():
        if target in found and like in slices:
            batch._slice_dict[target] = slices[like]
            batch._inc_dict[target] = unshifted
