"""From roots and grafted triples to a `ChainGraph`, without a loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.data.root_tokens import RootTokens

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Grafts:
    """The triples of one graph.

    Args:
        first_root: :math:`[T]`, the first root of each head.
        num_roots: :math:`[T]`, the number of roots of each head.
        relation: :math:`[T]`, relation ids.
        tail_length: :math:`[T]`, the number of leaves of each tail.
        tail_ids: the tokens of all tails, one after the other.
        local: :math:`[T]`, whether the text of the graph names the tail.
        kg_triple: :math:`[T]`, the triple of the knowledge graph.
        source_root: :math:`[S]`, roots that triples can be read off.
        source_triple: :math:`[S]`, the triple that each of them tells,
            numbered from 0.
    """

    first_root: IntArray
    num_roots: IntArray
    relation: IntArray
    tail_length: IntArray
    tail_ids: IntArray
    local: NDArray[np.bool_]
    kg_triple: IntArray
    source_root: IntArray
    source_triple: IntArray


def assemble(
    roots: RootTokens, grafts: Grafts, **attributes: Any
) -> ChainGraph:
    """Put roots and leaves together.

    Args:
        roots: the chain.
        grafts: its triples, ordered by anchor.
        **attributes: further attributes of the graph, such as `path`.
    """
    num_roots, num_leaves = len(roots), len(grafts.tail_ids)
    length = grafts.tail_length
    triple = np.repeat(np.arange(len(length)), length)
    first_leaf = num_roots + np.cumsum(length) - length
    slot = num_roots + np.arange(num_leaves) - first_leaf[triple] + 1
    zeros = np.zeros(num_roots, np.int64)
    edge_index, edge_type = _edges(grafts, first_leaf)
    return ChainGraph(
        input_ids=_tensor(roots.ids, grafts.tail_ids),
        node_type=_tensor(zeros, np.ones(num_leaves, np.int64)),
        anchor=_tensor(np.arange(num_roots), grafts.first_root[triple]),
        slot=_tensor(zeros, slot),
        triple=_tensor(zeros, triple + 1),
        edge_index=torch.from_numpy(edge_index),
        edge_type=torch.from_numpy(edge_type),
        word_start=_tensor(roots.word_start, np.zeros(num_leaves, bool)),
        local=_tensor(zeros.astype(bool), grafts.local[triple]),
        source_index=torch.from_numpy(
            np.stack([grafts.source_root, first_leaf[grafts.source_triple]])
        ),
        kg_triple=torch.from_numpy(grafts.kg_triple),
        root_span=torch.from_numpy(np.stack([roots.start, roots.end], axis=1)),
        **attributes,
    )


def _edges(grafts: Grafts, first_leaf: IntArray) -> tuple[IntArray, IntArray]:
    """Link every root of a head to every leaf of its tail."""
    count = grafts.num_roots * grafts.tail_length
    triple = np.repeat(np.arange(len(count)), count)
    place = np.arange(len(triple)) - (np.cumsum(count) - count)[triple]
    tail_length = grafts.tail_length[triple]
    head = grafts.first_root[triple] + place // np.maximum(tail_length, 1)
    leaf = first_leaf[triple] + place % np.maximum(tail_length, 1)
    return np.stack([head, leaf]), grafts.relation[triple]


def _tensor(of_roots: NDArray[Any], of_leaves: NDArray[Any]) -> torch.Tensor:
    return torch.from_numpy(np.concatenate([of_roots, of_leaves]))
