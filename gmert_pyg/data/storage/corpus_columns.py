"""Columns of a whole corpus, read shard by shard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.near_duplicates import Sketches
from gmert_pyg.data.storage.sharded_graphs import ShardedGraphs


def token_counts(
    graphs: ShardedGraphs, chosen: Sequence[int], vocab_size: int
) -> NDArray[np.int64]:
    """Return how often each token occurs among the nodes of some graphs.

    Args:
        graphs: the graphs of a corpus.
        chosen: the numbers of those to count.
        vocab_size: the number of tokens.
    """
    is_chosen = np.zeros(len(graphs), bool)
    is_chosen[np.asarray(chosen)] = True
    counts = np.zeros(vocab_size, np.int64)
    for first, store in graphs.stores():
        num_nodes = np.diff(store.pointers("input_ids").numpy())
        of_node = np.repeat(is_chosen[first : first + len(store)], num_nodes)
        tokens = store.columns["input_ids"].numpy()[of_node]
        counts += np.bincount(tokens, minlength=vocab_size)
    return counts


def root_sketches(graphs: ShardedGraphs) -> Sketches:
    """Return what is needed to find duplicates among the chains of graphs.

    Args:
        graphs: the graphs of a corpus.
    """
    parts = []
    for _, store in graphs.stores():
        is_root = store.columns["node_type"].numpy() == 0
        before = np.append(0, np.cumsum(is_root))
        tokens = store.columns["input_ids"].numpy()[is_root]
        pointers = before[store.pointers("input_ids").numpy()]
        parts.append(Sketches.of(tokens, pointers))
    return Sketches.concatenate(parts)
