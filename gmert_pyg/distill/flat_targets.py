"""Roots, leaves and triples of a batch as flat arrays of what is visible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch_geometric.data import Batch

from gmert_pyg.distill.lookup_tables import combine_keys
from gmert_pyg.transforms.ragged import RaggedNodes

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FlatTargets:
    """What a lookup may use to answer for the nodes and triples of a batch.

    Args:
        token: :math:`[N]`, the tokens, as far as they are visible.
        before: :math:`[N]`, for roots, the root before, or -1.
        after: :math:`[N]`, for roots, the root after, or -1.
        slot: :math:`[N]`, the place of a leaf in its tail.
        triple: :math:`[N]`, 0 for roots, else the number of the triple.
        head: :math:`[T + 1]`, a hash of the head's tokens, by triple.
        tail: :math:`[T + 1]`, a hash of the tail's tokens.
        relation: :math:`[T + 1]`, the type of the triple's edges.
    """

    token: IntArray
    before: IntArray
    after: IntArray
    slot: IntArray
    triple: IntArray
    head: IntArray
    tail: IntArray
    relation: IntArray

    @classmethod
    def of(cls, batch: Batch) -> FlatTargets:
        """Read a batch of graphs."""
        nodes = RaggedNodes.of(batch)
        token = batch.input_ids.numpy()
        slot = batch.slot.numpy()
        source, target = batch.edge_index.numpy()
        # One edge per head token: those that lead to the first leaf.
        first = nodes.triple[target] > 0
        first &= slot[target] == 1
        source, target = source[first], target[first]
        relation = np.full(nodes.num_triples + 1, -1)
        relation[nodes.triple[target]] = batch.edge_type.numpy()[first]
        leaf = np.flatnonzero(nodes.triple > 0)
        anchor = source.copy()
        anchor[1:] = np.where(
            np.diff(target, prepend=-1)[1:] == 0, -1, source[1:]
        )
        offset = source - np.maximum.accumulate(anchor)
        return cls(
            token=token,
            before=_neighbour(token, nodes, 1),
            after=_neighbour(token, nodes, -1),
            slot=slot,
            triple=nodes.triple,
            head=_hash_groups(
                nodes.triple[target], token[source], offset, nodes.num_triples
            ),
            tail=_hash_groups(
                nodes.triple[leaf], token[leaf], slot[leaf], nodes.num_triples
            ),
            relation=relation,
        )


def _neighbour(token: IntArray, nodes: RaggedNodes, shift: int) -> IntArray:
    """Return the root before (shift 1) or after (shift -1) every root."""
    neighbour = np.roll(token, shift)
    same = np.roll(nodes.graph, shift) == nodes.graph
    same &= np.roll(nodes.is_root, shift) & nodes.is_root
    edge = 0 if shift == 1 else -1
    same[edge : edge + 1 or None] = False
    return np.where(same, neighbour, -1)


def _hash_groups(
    group: IntArray, token: IntArray, place: IntArray, num_groups: int
) -> IntArray:
    """Hash the tokens of each group together with their places."""
    hashed = combine_keys(token, place).view(np.uint64)
    total = np.zeros(num_groups + 1, np.uint64)
    np.add.at(total, group, hashed)
    return total.view(np.int64)
