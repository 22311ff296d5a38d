"""Graphs without what the knowledge graph adds."""

from __future__ import annotations

import torch
from torch_geometric.data import Data
from torch_geometric.transforms import BaseTransform


class DropLeaves(BaseTransform):
    r"""Drops all leaves and every edge that touches one: what is left is the
    chain of roots, and the edges between occurrences of names.

    A model trained on such graphs is a masked language model of the code, the
    baseline that leaves must beat.

    Example:
        >>> from gmert_pyg.data.chain_graph import ChainGraph
        >>> graph = ChainGraph.from_triples([5, 6], [(1, 1, 0, [7, 8])])
        >>> DropLeaves()(graph).input_ids.tolist(), graph.num_edges
        ([5, 6], 0)
    """

    def forward(self, data: Data) -> Data:
        """Return the graph, or the batch of graphs, without its leaves."""
        is_root = data.node_type == 0
        new = is_root.cumsum(0) - 1
        kept = is_root[data.edge_index].all(0)
        data.edge_index = new[data.edge_index[:, kept]]
        for name in ("edge_type", "edge_label"):
            if name in data:
                data[name] = data[name][kept]
        if "callee_index" in data:
            data.callee_index = new[data.callee_index]
        if "source_index" in data:  # leads from roots to leaves only
            data.source_index = data.source_index[:, :0]
        if "ptr" in data:
            before = torch.cat([is_root.new_zeros(1), is_root]).cumsum(0)
            data.ptr = before[data.ptr]
        for name in _OF_NODES:
            if name in data:
                data[name] = data[name][is_root]
        return data


_OF_NODES = (
    "anchor",
    "batch",
    "input_ids",
    "labels",
    "local",
    "node_type",
    "slot",
    "triple",
    "word_start",
)
