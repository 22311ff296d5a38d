"""Graphs in which the tail of a triple is to be completed."""

from __future__ import annotations

import torch

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.data.grafted_triples import grafted_triples


def hide_tail(
    graph: ChainGraph, number: int, length: int, mask_token_id: int
) -> ChainGraph:
    """Return the graph with a tail of masks in place of one triple's tail.

    Other triples with the same tail would give the answer away: their leaves
    are masked too.

    Args:
        graph: a graph.
        number: the triple to complete, from 1.
        length: the number of leaves that the completed tail shall have.
        mask_token_id: the id of the mask token.

    Raises:
        ValueError: if the graph has no such triple, or `length` is not
            positive.
    """
    triples = grafted_triples(graph)
    if not 1 <= number <= len(triples):
        raise ValueError(
            f"'number' must be in 1..{len(triples)} (got {number})"
        )
    if length < 1:
        raise ValueError(f"'length' must be positive (got {length})")
    hidden = triples[number - 1].tail
    shown = []
    for place, triple in enumerate(triples, 1):
        tail = triple.tail
        if place == number:
            tail = (mask_token_id,) * length
        elif tail == hidden:
            tail = (mask_token_id,) * len(tail)
        shown.append(
            (triple.first_root, triple.num_roots, triple.relation, tail)
        )
    return ChainGraph.from_triples(
        graph.input_ids[graph.node_type == 0],
        shown,
        occurrences=_occurrences(graph),
        word_start=graph.word_start[graph.node_type == 0],
    )


def _occurrences(graph: ChainGraph) -> list[tuple[int, int, int]]:
    """Return the edges between roots, with their types."""
    edges = torch.cat([graph.edge_index, graph.edge_type[None]])
    between_roots = graph.node_type[graph.edge_index[1]] == 0
    return [
        (source, target, edge_type)
        for source, target, edge_type in edges[:, between_roots].T.tolist()
    ]
