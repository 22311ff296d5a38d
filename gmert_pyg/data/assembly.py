"""From windows of roots and grafted triples to graphs, without a loop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from gmert_pyg.data.graph_store import GraphStore
from gmert_pyg.data.ranges import ranges
from gmert_pyg.data.windows import Windows

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Grafts:
    r"""The triples of all windows, ordered by window and anchor.

    Args:
        window: :math:`[T]`, the window of each.
        first_root: :math:`[T]`, the first root of each head, among the roots of
            all windows.
        num_roots: :math:`[T]`, the number of roots of each head.
        relation: :math:`[T]`, relation ids.
        tail_length: :math:`[T]`, the number of leaves of each tail.
        tail_ids: the tokens of all tails, one after the other.
        local: :math:`[T]`, whether the text of the window names the tail, or
            the triple was derived from it.
        kg_triple: :math:`[T]`, the triple of the knowledge graph.
        source_root: :math:`[S]`, roots that triples can be read off, among the
            roots of all windows.
        source_triple: :math:`[S]`, the triple that each of them tells, from 0;
            ascending.
    """

    window: IntArray
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
    windows: Windows,
    grafts: Grafts,
    strings: dict[str, list[str]],
    numbers: dict[str, list[int]],
) -> GraphStore:
    """Put roots and leaves together, one graph for each window.

    Args:
        windows: the chains.
        grafts: their triples.
        strings: one string for each window, by attribute.
        numbers: one integer for each window, by attribute.
    """
    num_windows = len(windows)
    num_roots = np.diff(windows.pointers)
    leaf_window = np.repeat(grafts.window, grafts.tail_length)
    num_leaves = np.bincount(leaf_window, minlength=num_windows)
    nodes = _Nodes(num_roots, num_leaves)
    length = grafts.tail_length
    triple_first = np.cumsum(length) - length
    num_triples = np.bincount(grafts.window, minlength=num_windows)
    window_first = np.cumsum(num_triples) - num_triples
    number = np.arange(len(length)) - window_first[grafts.window] + 1
    leaf_first = np.cumsum(num_leaves) - num_leaves
    # The node of the first leaf of every triple, inside its own graph.
    first_leaf = num_roots[grafts.window] + (
        triple_first - leaf_first[grafts.window]
    )
    root_offset = windows.pointers[:-1]
    anchor = grafts.first_root - root_offset[grafts.window]
    position = np.arange(len(windows.roots)) - root_offset[windows.of_root]
    no_roots = np.zeros(len(windows.roots), np.int64)
    edges, edge_type, num_edges = _edges(grafts, anchor, first_leaf)
    source_window = grafts.window[grafts.source_triple]
    sources = np.stack(
        [
            grafts.source_root - root_offset[source_window],
            first_leaf[grafts.source_triple],
        ]
    )
    columns = {
        "input_ids": nodes.gather(windows.roots.ids, grafts.tail_ids),
        "node_type": nodes.gather(no_roots, np.ones_like(leaf_window)),
        "anchor": nodes.gather(position, np.repeat(anchor, length)),
        "slot": nodes.gather(no_roots, ranges(np.ones_like(length), length)),
        "triple": nodes.gather(no_roots, np.repeat(number, length)),
        "word_start": nodes.gather(
            windows.roots.word_start, np.zeros(len(leaf_window), bool)
        ),
        "local": nodes.gather(
            no_roots.astype(bool), np.repeat(grafts.local, length)
        ),
        "edge_index": edges,
        "edge_type": edge_type,
        "source_index": sources,
        "kg_triple": grafts.kg_triple,
        "root_span": np.stack([windows.roots.start, windows.roots.end]),
    }
    sizes = dict.fromkeys(columns, num_roots + num_leaves)
    sizes["edge_index"] = sizes["edge_type"] = _count(
        grafts.window, num_edges, num_windows
    )
    sizes["source_index"] = np.bincount(source_window, minlength=num_windows)
    sizes["kg_triple"] = num_triples
    sizes["root_span"] = num_roots
    return GraphStore.from_columns(
        {name: torch.from_numpy(value) for name, value in columns.items()},
        {name: torch.from_numpy(size) for name, size in sizes.items()},
        strings,
        numbers,
    )


class _Nodes:
    """Interleaves the roots and the leaves of graphs: roots first in each."""

    def __init__(self, num_roots: IntArray, num_leaves: IntArray) -> None:
        first = np.cumsum(num_roots + num_leaves) - (num_roots + num_leaves)
        self.roots = ranges(first, num_roots)
        self.leaves = ranges(first + num_roots, num_leaves)

    def gather(
        self, of_roots: NDArray[np.generic], of_leaves: NDArray[np.generic]
    ) -> NDArray[np.generic]:
        values = np.empty(len(self.roots) + len(self.leaves), of_roots.dtype)
        values[self.roots] = of_roots
        values[self.leaves] = of_leaves
        return values


def _edges(
    grafts: Grafts, anchor: IntArray, first_leaf: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Link every root of a head to every leaf of its tail."""
    count = grafts.num_roots * grafts.tail_length
    triple = np.repeat(np.arange(len(count)), count)
    place = ranges(np.zeros_like(count), count)
    tail_length = grafts.tail_length[triple]
    head = anchor[triple] + place // tail_length
    leaf = first_leaf[triple] + place % tail_length
    return np.stack([head, leaf]), grafts.relation[triple], count


def _count(window: IntArray, amount: IntArray, num_windows: int) -> IntArray:
    """Add up amounts by window."""
    total = np.zeros(num_windows, np.int64)
    np.add.at(total, window, amount)
    return total
