"""Leaves that tell what was masked."""

from __future__ import annotations

import numpy as np

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.transforms.counter_random import UInt64Array, hashed
from gmert_pyg.transforms.labels import IGNORE_INDEX
from gmert_pyg.transforms.ragged import BoolArray, IntArray, RaggedNodes

_TOKEN_BITS = 40


def telling_leaves(
    data: ChainGraph, nodes: RaggedNodes, covered: BoolArray
) -> BoolArray:
    r"""Find the leaves that a masked name can be read off.

    These are the leaves of every triple that was derived from a masked root, as
    `source_index` says, and of every triple of the graph with the same tail:
    what a call calls may have the name of a parameter, which is derived from
    nothing.

    Args:
        data (ChainGraph): the graph or batch; tails that are masked already
            count as what `labels` says that they were.
        nodes (RaggedNodes): its nodes.
        covered (NDArray): whether a root is masked.

    Shapes:
        - **output:** :math:`(N)`
    """
    telling = np.zeros(nodes.num_triples + 1, bool)
    source_index = getattr(data, "source_index", None)
    if source_index is not None:
        root, leaf = source_index.numpy()
        telling[nodes.triple[leaf[covered[root]]]] = True
    if telling.any():
        tail = _tails(data, nodes)
        known = np.sort(tail[telling[1:]])
        nearest = np.searchsorted(known, tail).clip(max=len(known) - 1)
        telling[1:] = known[nearest] == tail
    leaves: BoolArray = telling[nodes.triple]
    return leaves


def _tails(data: ChainGraph, nodes: RaggedNodes) -> UInt64Array:
    """Return a number for the tail of every triple, by graph and tokens."""
    leaf = np.flatnonzero(~nodes.is_root)
    # Token and slot as one number, so that leaves are hashed once.
    token = _tokens(data, leaf) + (data.slot.numpy()[leaf] << _TOKEN_BITS)
    of_graph = hashed(np.arange(nodes.num_graphs))
    places = hashed(token, state=of_graph[nodes.graph[leaf]])
    first: IntArray = np.searchsorted(leaf, nodes.first_leaf)
    tails: UInt64Array = np.add.reduceat(places, first)
    return tails


def _tokens(data: ChainGraph, leaf: IntArray) -> IntArray:
    """Return the tokens of leaves before any was masked."""
    tokens: IntArray = data.input_ids.numpy()[leaf]
    labels = getattr(data, "labels", None)
    if labels is None:
        return tokens
    label = labels.numpy()[leaf]
    return np.where(label == IGNORE_INDEX, tokens, label)
