"""The knowledge graph as graphs of PyTorch Geometric."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from gmert_pyg.schema import EntityKind

if TYPE_CHECKING:
    from torch_geometric.data import Data, HeteroData

    from gmert_pyg.kg.code_kg import CodeKG

KINDS = tuple(EntityKind)
_NUMBERS = {kind: number for number, kind in enumerate(KINDS)}


def to_data(kg: CodeKG) -> Data:
    r"""Return a homogeneous graph with typed nodes and edges.

    Node :math:`i` is entity :math:`i`, edge :math:`j` is triple :math:`j`.
    Attributes: :obj:`edge_index` [2, E], :obj:`edge_type` [E] (relation ids),
    :obj:`node_type` [N] (positions in :class:`EntityKind`), :obj:`entity` [N]
    and :obj:`confidence` [E].
    """
    from torch_geometric.data import Data

    triples = kg.triples
    return Data(
        edge_index=torch.from_numpy(
            np.stack([triples.head, triples.tail]).astype(np.int64)
        ),
        edge_type=torch.from_numpy(triples.relation.astype(np.int64)),
        node_type=torch.from_numpy(_kinds(kg)),
        entity=torch.arange(len(kg.entities)),
        confidence=torch.from_numpy(triples.confidence.copy()),
        num_nodes=len(kg.entities),
    )


def to_hetero(kg: CodeKG) -> HeteroData:
    r"""Return a heterogeneous graph.

    Node types are the kinds of entities; edge types are (kind of head,
    relation, kind of tail). Types that nothing has are left out. Attributes:
    of nodes :obj:`entity`, their entities; of edges :obj:`edge_index`,
    :obj:`triple`, their triples, and :obj:`confidence`.
    """
    from torch_geometric.data import HeteroData

    data = HeteroData()
    kind = _kinds(kg)
    place = np.zeros(len(kind), np.int64)
    for number, name in enumerate(KINDS):
        entities = np.flatnonzero(kind == number)
        if len(entities):
            place[entities] = np.arange(len(entities))
            data[str(name)].entity = torch.from_numpy(entities)
            data[str(name)].num_nodes = len(entities)
    triples = kg.triples
    types = np.stack(
        [kind[triples.head], triples.relation, kind[triples.tail]], axis=1
    )
    kinds_of_edges, group = np.unique(types, axis=0, return_inverse=True)
    order = np.argsort(group.reshape(-1), kind="stable")
    sizes = np.bincount(group.reshape(-1), minlength=len(kinds_of_edges))
    for (head, relation, tail), chosen in zip(
        kinds_of_edges.tolist(),
        np.split(order, np.cumsum(sizes)[:-1]),
        strict=False,
    ):
        name = kg.schema.relation_names[relation]
        edges = data[str(KINDS[head]), name, str(KINDS[tail])]
        edges.edge_index = torch.from_numpy(
            np.stack([place[triples.head[chosen]], place[triples.tail[chosen]]])
        )
        edges.triple = torch.from_numpy(chosen)
        edges.confidence = torch.from_numpy(triples.confidence[chosen])
    return data


def _kinds(kg: CodeKG) -> np.ndarray:
    numbers = [_NUMBERS[entity.kind] for entity in kg.entities]
    return np.array(numbers, np.int64)
