"""Columns of a whole corpus, read shard by shard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.sharded_graphs import ShardedGraphs


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


def root_sequences(
    graphs: ShardedGraphs,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the root tokens of all graphs, one graph after the other.

    Args:
        graphs: the graphs of a corpus.

    Returns:
        The tokens, and where those of each graph start and end.
    """
    tokens, sizes = [], []
    for _, store in graphs.stores():
        is_root = store.columns["node_type"].numpy() == 0
        before = np.append(0, np.cumsum(is_root))
        sizes.append(np.diff(before[store.pointers("input_ids").numpy()]))
        tokens.append(store.columns["input_ids"].numpy()[is_root])
    return (
        np.concatenate(tokens).astype(np.int64),
        np.append(0, np.cumsum(np.concatenate(sizes))),
    )
