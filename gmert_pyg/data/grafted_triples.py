"""The triples of a chain graph, read back from its nodes and edges."""

from __future__ import annotations

from dataclasses import dataclass

from gmert_pyg.data.chain_graph import ChainGraph


@dataclass(frozen=True, slots=True)
class GraftedTriple:
    """A triple of a chain graph.

    Args:
        first_root: the first root of the head.
        num_roots: the number of roots of the head.
        relation: the relation id.
        tail: the tokens of the tail.
    """

    first_root: int
    num_roots: int
    relation: int
    tail: tuple[int, ...]


def grafted_triples(graph: ChainGraph) -> list[GraftedTriple]:
    """Return the triples of a graph, triple 1 first."""
    tails: dict[int, list[int]] = {}
    first_leaf: dict[int, int] = {}
    for node, (triple, token) in enumerate(
        zip(graph.triple.tolist(), graph.input_ids.tolist(), strict=True)
    ):
        if triple:
            tails.setdefault(triple, []).append(token)
            first_leaf.setdefault(triple, node)
    heads: dict[int, list[int]] = {leaf: [] for leaf in first_leaf.values()}
    relations: dict[int, int] = {}
    sources, targets = graph.edge_index.tolist()
    for source, target, relation in zip(
        sources, targets, graph.edge_type.tolist(), strict=True
    ):
        if target in heads:
            heads[target].append(source)
            relations[target] = relation
    return [
        GraftedTriple(
            min(heads[leaf]),
            len(heads[leaf]),
            relations[leaf],
            tuple(tails[triple]),
        )
        for triple, leaf in sorted(first_leaf.items())
    ]
