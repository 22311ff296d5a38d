"""Extracted triples as a heterogeneous graph of PyTorch Geometric."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import torch

from gmert_pyg.distill.extraction.extracted_triples import (
    ExtractedTriple,
    Status,
)

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

_STATUS = {status: number for number, status in enumerate(Status)}


def to_hetero(triples: Iterable[ExtractedTriple]) -> HeteroData:
    r"""Return triples as a heterogeneous graph.

    Node types are kinds, edge types are (kind of head, relation, kind of tail).
    A name of two kinds is a node of each. Attributes: of nodes :obj:`name`, a
    list; of edges :obj:`edge_index` :math:`[2, E]`, :obj:`confidence` and
    :obj:`similarity` :math:`[E]`, and :obj:`status` :math:`[E]`, positions in
    :class:`~gmert_pyg.distill.extraction.extracted_triples.Status`.

    Args:
        triples: the triples.
    """
    from torch_geometric.data import HeteroData

    nodes: dict[str, dict[str, int]] = {}
    edges: dict[tuple[str, str, str], list[tuple[int, int]]] = {}
    facts: dict[tuple[str, str, str], list[tuple[float, float, int]]] = {}
    for triple in triples:
        heads = nodes.setdefault(triple.head_kind, {})
        head = heads.setdefault(triple.head, len(heads))
        tails = nodes.setdefault(triple.tail_kind, {})
        tail = tails.setdefault(triple.tail, len(tails))
        of_type = triple.head_kind, triple.relation, triple.tail_kind
        edges.setdefault(of_type, []).append((head, tail))
        facts.setdefault(of_type, []).append(
            (triple.confidence, triple.similarity, _STATUS[triple.status])
        )
    data = HeteroData()
    for kind, names in nodes.items():
        data[kind].name = list(names)
        data[kind].num_nodes = len(names)
    for of_type, pairs in edges.items():
        confidence, similarity, status = zip(*facts[of_type], strict=True)
        data[of_type].edge_index = torch.tensor(pairs).t().contiguous()
        data[of_type].confidence = torch.tensor(confidence)
        data[of_type].similarity = torch.tensor(similarity)
        data[of_type].status = torch.tensor(status)
    return data
