"""The attention of H-GAT, triple by triple."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch_geometric.data import Data

from gmert_pyg.nn.batch_checks import graph_of_nodes
from gmert_pyg.nn.configuration import GraphMertConfig
from gmert_pyg.nn.conv import HGATConv
from gmert_pyg.schema import Schema

if TYPE_CHECKING:
    import pandas as pd

MASK_RELATION = "[MASK]"


@dataclass(frozen=True, slots=True)
class HeadAttention:
    r"""How the leaves of one triple attend to the tokens of its head.

    Args:
        graph (int): the number of the graph in its batch, from 0.
        triple (int): the number of the triple in its graph, from 1.
        relation (str): the name of the relation.
        heads (list[int]): the roots of the head, as positions in the chain.
        alpha (Tensor): the attention; every row sums to 1.

    Shapes:
        - **alpha:** :math:`(k, m)`, for :math:`k` leaves and :math:`m` roots
    """

    graph: int
    triple: int
    relation: str
    heads: list[int]
    alpha: Tensor


@dataclass(frozen=True, slots=True)
class TripleAttention:
    r"""The attention :math:`\alpha^{(r)}_{ij}` of
    :class:`~gmert_pyg.nn.conv.HGATConv` on the edges of a batch, from head
    tokens to leaves, in the order of its :obj:`edge_index` without occurrence
    edges.

    Args:
        edge_index (Tensor): the edges, from root to leaf, as nodes of the
            batch.
        edge_type (Tensor): their relations.
        alpha (Tensor): their attention. It sums to 1 over the edges of a leaf
            and a relation.
        graph (Tensor): their graphs, from 0.
        triple (Tensor): their triples, from 1 in every graph.
        head (Tensor): their roots, as positions in the chain of the graph.
        slot (Tensor): the slots of their leaves, from 1 in every tail.
        relation_names (tuple[str, ...]): the relations by number.

    Shapes:
        - **edge_index:** :math:`(2, |\mathcal{E}|)`
        - **all others:** :math:`(|\mathcal{E}|)`
    """

    edge_index: Tensor
    edge_type: Tensor
    alpha: Tensor
    graph: Tensor
    triple: Tensor
    head: Tensor
    slot: Tensor
    relation_names: tuple[str, ...]

    def to_pandas(self) -> pd.DataFrame:
        """Return one row per edge.

        The columns are graph, triple, relation, leaf (its slot in the tail),
        head (the position of the root) and alpha.
        """
        import numpy as np
        import pandas as pd

        names = np.array(self.relation_names, object)
        return pd.DataFrame(
            {
                "graph": self.graph.cpu().numpy(),
                "triple": self.triple.cpu().numpy(),
                "relation": names[self.edge_type.cpu().numpy()],
                "leaf": self.slot.cpu().numpy(),
                "head": self.head.cpu().numpy(),
                # NumPy has no bfloat16.
                "alpha": self.alpha.cpu().double().numpy(),
            }
        )

    def by_triple(self) -> list[HeadAttention]:
        """Return the attention of every triple, in the order of the graphs."""
        if self.alpha.numel() == 0:
            return []
        keys = torch.stack([self.graph, self.triple])
        keys, group = keys.unique(dim=1, return_inverse=True)
        order = torch.argsort(group, stable=True)
        edges = torch.stack([self.head, self.slot - 1, self.edge_type])
        sizes = torch.bincount(group).tolist()
        return [
            self._of_one(graph, triple, some, alpha)
            for (graph, triple), some, alpha in zip(
                keys.T.tolist(),
                edges[:, order].split(sizes, dim=1),
                self.alpha[order].split(sizes),
                strict=True,
            )
        ]

    def _of_one(
        self, graph: int, triple: int, edges: Tensor, alpha: Tensor
    ) -> HeadAttention:
        head, leaf, edge_type = edges.unbind()
        heads, column = head.unique(return_inverse=True)
        matrix = alpha.new_zeros(int(leaf.max()) + 1, heads.numel())
        matrix[leaf, column] = alpha
        name = self.relation_names[int(edge_type[0])]
        return HeadAttention(graph, triple, name, heads.tolist(), matrix)


def triple_attention(
    hgat: HGATConv, x: Tensor, batch: Data, config: GraphMertConfig
) -> TripleAttention:
    r"""Run H-GAT on a batch, and return its attention.

    Args:
        hgat (HGATConv): the layer.
        x (Tensor): the embeddings of the nodes.
        batch (Data): a graph or a batch of graphs.
        config (GraphMertConfig): the configuration of the model.

    Shapes:
        - **x:** :math:`(N, d)`
    """
    assert config.num_relations is not None
    keep = batch.edge_type <= config.num_relations
    edge_index, edge_type = batch.edge_index[:, keep], batch.edge_type[keep]
    _, (_, alpha) = hgat(
        x, edge_index, edge_type, return_attention_weights=True
    )
    source, leaf = edge_index
    node_graph, _ = graph_of_nodes(batch)
    return TripleAttention(
        edge_index=edge_index,
        edge_type=edge_type,
        alpha=alpha,
        graph=node_graph[leaf],
        triple=batch.triple[leaf],
        head=batch.anchor[source],
        slot=batch.slot[leaf],
        relation_names=_relation_names(config),
    )


def _relation_names(config: GraphMertConfig) -> tuple[str, ...]:
    assert config.num_relations is not None
    if config.schema is None:
        names = [f"relation {number}" for number in range(config.num_relations)]
    else:
        names = [*Schema.from_dict(config.schema).relation_names]
    return (*names, MASK_RELATION)
