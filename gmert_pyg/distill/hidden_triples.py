"""Graphs without some of their triples, which are then asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.data.grafted_triples import GraftedTriple, grafted_triples
from gmert_pyg.distill.completion.tail_queries import TailQueries

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


def hide_triples(
    graph: ChainGraph, numbers: Sequence[int]
) -> tuple[ChainGraph, list[GraftedTriple]]:
    """Take triples out of a graph, and all others that would tell their tails.

    Those are the triples with the same tail as one of them, whatever their
    heads and relations.

    Args:
        graph: a graph.
        numbers: the triples to hide, from 1.

    Returns:
        The graph that is left, and the triples that are hidden in it.

    Raises:
        ValueError: if the graph has no such triple.
    """
    triples = grafted_triples(graph)
    for number in numbers:
        if not 1 <= number <= len(triples):
            raise ValueError(
                f"'numbers' must be in 1..{len(triples)} (got {number})"
            )
    hidden = [triples[number - 1] for number in numbers]
    tails = {triple.tail for triple in hidden}
    dropped = np.array([triple.tail in tails for triple in triples], bool)
    return drop_triples(graph, dropped), hidden


def drop_triples(graph: ChainGraph, dropped: BoolArray) -> ChainGraph:
    """Return a graph without some of its triples.

    Args:
        graph: a graph.
        dropped: by triple, whether to drop it.

    Shapes:
        - **dropped:** :math:`(T)`
    """
    left = torch.from_numpy(np.concatenate([[True], ~dropped]))
    kept = left[graph.triple]
    new = kept.cumsum(0) - 1
    edges = kept[graph.edge_index].all(dim=0)
    found = ChainGraph(
        input_ids=graph.input_ids[kept],
        node_type=graph.node_type[kept],
        anchor=graph.anchor[kept],
        slot=graph.slot[kept],
        triple=(left.cumsum(0) - 1)[graph.triple[kept]],
        edge_index=new[graph.edge_index[:, edges]],
        edge_type=graph.edge_type[edges],
        word_start=graph.word_start[kept],
    )
    for name in ("path", "qualified_name", "line_start", "line_end"):
        if name in graph:
            found[name] = graph[name]
    return found


def queries_for(triples: Sequence[Sequence[GraftedTriple]]) -> TailQueries:
    """Ask for the tails of triples.

    Args:
        triples: for each graph, triples whose tails to ask for.
    """
    rows = [
        (graph, triple.first_root, triple.num_roots, triple.relation)
        for graph, own in enumerate(triples)
        for triple in own
    ]
    return TailQueries.of_rows(rows)
