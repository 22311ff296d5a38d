"""Structural edges of a leafy chain graph, for any graph neural network."""

from __future__ import annotations

import torch
from torch_geometric.data import Data
from torch_geometric.transforms import BaseTransform

from gmert_pyg.schema import DEFAULT_SCHEMA, Schema


class AddStructuralEdges(BaseTransform):
    r"""Adds the edges that make a graph a leafy chain (`"GraphMERT"
    <https://arxiv.org/abs/2510.09580>`_): between neighbouring roots
    (:obj:`next_token`), between a leaf and its anchor (:obj:`anchor_of`), and
    between neighbouring leaves of one triple (:obj:`next_leaf`), in both
    directions.

    Their types follow :math:`E` =
    :attr:`~gmert_pyg.schema.Schema.num_edge_types`: :math:`E`, :math:`E + 1`
    and :math:`E + 2`. Shortest paths over them are the distances of
    :func:`~gmert_pyg.nn.distance.chain_distance`. A batch works like a graph.

    Args:
        schema (Schema, optional): the schema of the edge types that the graphs
            already have. (default: :obj:`DEFAULT_SCHEMA`)
        keep_edges (bool, optional): whether to keep the edges that the graphs
            already have. (default: :obj:`True`)

    Example:
        >>> from gmert_pyg.data.chain_graph import ChainGraph
        >>> graph = ChainGraph.from_triples([5, 6], [(1, 1, 0, [7])])
        >>> AddStructuralEdges(keep_edges=False)(graph).edge_index.tolist()
        [[0, 1, 1, 2], [1, 0, 2, 1]]
    """

    names = ("next_token", "anchor_of", "next_leaf")

    def __init__(
        self, schema: Schema = DEFAULT_SCHEMA, keep_edges: bool = True
    ) -> None:
        self.schema = schema
        self.keep_edges = keep_edges

    def forward(self, data: Data) -> Data:
        """Return the graph with its structural edges.

        Raises:
            ValueError: if the graph has edge types that the schema has not.
        """
        most = self.schema.num_edge_types
        if data.edge_type.numel() and int(data.edge_type.max()) >= most:
            raise ValueError(
                f"'schema' must be that of the graphs, which have edge type"
                f" {int(data.edge_type.max())} (got '{self.schema.name}' of"
                f" {most} edge types)"
            )
        node = torch.arange(data.num_nodes, device=data.anchor.device)
        root = data.node_type == 0
        # Roots of a graph come in order, so position 0 opens the next graph.
        next_token = node[root & (data.anchor > 0)]
        first_root = (node - data.anchor)[root & (data.anchor == 0)]
        graph = (root & (data.anchor == 0)).cumsum(0) - 1
        leaf = node[~root]
        anchor = first_root[graph[leaf]] + data.anchor[leaf]
        next_leaf = node[~root & (data.slot > 1)]
        pairs = (
            (next_token - 1, next_token),
            (anchor, leaf),
            (next_leaf - 1, next_leaf),
        )
        index, types = [], []
        for number, (source, target) in enumerate(pairs):
            both = [torch.cat([source, target]), torch.cat([target, source])]
            index.append(torch.stack(both))
            types.append(
                torch.full_like(both[0], self.schema.num_edge_types + number)
            )
        if self.keep_edges:
            index.insert(0, data.edge_index)
            types.insert(0, data.edge_type)
        data.edge_index = torch.cat(index, dim=1)
        data.edge_type = torch.cat(types)
        return data

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}(schema='{self.schema.name}',"
            f" keep_edges={self.keep_edges})"
        )
