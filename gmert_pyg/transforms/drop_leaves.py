"""Graphs without what the knowledge graph adds."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data
from torch_geometric.transforms import BaseTransform


class DropLeaves(BaseTransform):
    r"""Drops all leaves and every edge that touches one: what is left is the
    chain of roots, and the edges between occurrences of names.

    A model trained on such graphs is a masked language model of the code, the
    baseline that leaves must beat.

    Example:
        >>> from gmert_pyg.data.chain_graph import ChainGraph
        >>> graph = ChainGraph.from_triples([5, 6], [(1, 1, 0, [7, 8])])
        >>> chain = DropLeaves()(graph)
        >>> chain.input_ids.tolist(), chain.num_edges
        ([5, 6], 0)
    """

    def forward(self, data: Data) -> Data:
        """Return the graph, or the batch of graphs, without its leaves."""
        is_root = data.node_type == 0
        new = is_root.cumsum(0) - 1
        kept = is_root[data.edge_index].all(0)
        if isinstance(data, Batch):
            _move_slices(data, is_root, kept)
        data.edge_index = new[data.edge_index[:, kept]]
        for name in ("edge_type", "edge_label"):
            if name in data:
                data[name] = data[name][kept]
        if "callee_index" in data:
            data.callee_index = new[data.callee_index]
        if "source_index" in data:  # leads from roots to leaves only
            data.source_index = data.source_index[:, :0]
        if "ptr" in data:
            data.ptr = _before(is_root)[data.ptr]
        for name in _OF_NODES:
            if name in data:
                data[name] = data[name][is_root]
        return data


def _move_slices(batch: Batch, is_root: Tensor, kept: Tensor) -> None:
    """Say where each graph will start, for taking the batch apart."""
    roots, edges = _before(is_root), _before(kept)
    slices, shifts = dict(batch._slice_dict), dict(batch._inc_dict)
    for name, start in slices.items():
        if name in _OF_NODES:
            slices[name] = roots[start]
        elif name in ("edge_index", "edge_type", "edge_label"):
            slices[name] = edges[start]
        elif name == "source_index":
            slices[name] = torch.zeros_like(start)
        if name.endswith("index"):
            shifts[name] = roots[batch.ptr[:-1]]
    batch._slice_dict, batch._inc_dict = slices, shifts


def _before(chosen: Tensor) -> Tensor:
    return torch.cat([chosen.new_zeros(1), chosen]).cumsum(0)


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
