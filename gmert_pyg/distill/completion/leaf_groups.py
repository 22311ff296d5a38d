"""Tails in the making, grafted onto the graphs that they are asked of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.data.ranges import ranges

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LeafGroups:
    r"""Groups of leaves, each a draft of the tail of one triple.

    Args:
        graph: :math:`[G]`, the graph that each is asked of; ascending.
        first_root: :math:`[G]`, the first root of the head in that graph.
        num_roots: :math:`[G]`, the number of roots of the head.
        relation: :math:`[G]`, relation ids.
        length: :math:`[G]`, the number of leaves, at least 1.
        tokens: the tokens of all groups, one after the other; the mask token
            where a token is asked for.
    """

    graph: IntArray
    first_root: IntArray
    num_roots: IntArray
    relation: IntArray
    length: IntArray
    tokens: IntArray

    def __len__(self) -> int:
        return len(self.length)

    @property
    def first_leaf(self) -> IntArray:
        """Where the tokens of each start, [G]."""
        return np.cumsum(self.length) - self.length

    @property
    def of_token(self) -> IntArray:
        """The group that every token belongs to."""
        return np.repeat(np.arange(len(self)), self.length)

    def take(self, which: IntArray) -> LeafGroups:
        """Return some of the groups, in the order asked for."""
        return LeafGroups(
            self.graph[which],
            self.first_root[which],
            self.num_roots[which],
            self.relation[which],
            self.length[which],
            self.tokens[ranges(self.first_leaf[which], self.length[which])],
        )


def graft(graph: ChainGraph, groups: LeafGroups) -> ChainGraph:
    """Return a graph with groups of leaves behind its own.

    Each is a query of its own: no other node of the graph sees it.

    Args:
        graph: the graph.
        groups: groups that are asked of it.

    Raises:
        ValueError: if a head leaves the chain.
    """
    num_nodes, num_roots = len(graph.input_ids), graph.num_roots
    last_root = groups.first_root + groups.num_roots
    wrong = (groups.first_root < 0) | (groups.num_roots < 1)
    wrong |= last_root > num_roots
    if wrong.any():
        first = int(np.argmax(wrong))
        raise ValueError(
            f"'groups' must have heads inside the chain of {num_roots} roots"
            f" (got {groups.num_roots[first]} roots from"
            f" {groups.first_root[first]} on)"
        )
    length = groups.length
    number = np.repeat(np.arange(1, len(groups) + 1), length)
    slot = ranges(np.ones_like(length), length)
    heads, leaves, relation = _edges(groups, num_nodes)
    ones = np.ones_like(slot)
    return ChainGraph(
        input_ids=_joined(graph.input_ids, groups.tokens),
        node_type=_joined(graph.node_type, ones),
        anchor=_joined(graph.anchor, np.repeat(groups.first_root, length)),
        slot=_joined(graph.slot, slot),
        triple=_joined(graph.triple, graph.num_triples + number),
        edge_index=_joined(graph.edge_index, np.stack([heads, leaves])),
        edge_type=_joined(graph.edge_type, relation),
        word_start=_joined(graph.word_start, ones == 0),
        query=_joined(torch.zeros_like(graph.input_ids), number),
    )


def _edges(
    groups: LeafGroups, num_nodes: int
) -> tuple[IntArray, IntArray, IntArray]:
    """Link every root of a head to every leaf of its group."""
    count = groups.num_roots * groups.length
    group = np.repeat(np.arange(len(count)), count)
    place = ranges(np.zeros_like(count), count)
    length = groups.length[group]
    heads = groups.first_root[group] + place // length
    leaves = num_nodes + groups.first_leaf[group] + place % length
    return heads, leaves, groups.relation[group]


def _joined(before: torch.Tensor, after: NDArray[np.generic]) -> torch.Tensor:
    return torch.cat([before, torch.from_numpy(after).to(before.dtype)], dim=-1)
