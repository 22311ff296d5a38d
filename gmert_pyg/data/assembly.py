"""From windows of roots and grafted triples to graphs, without a loop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from gmert_pyg.data.callees import CalleeNames
from gmert_pyg.data.occurrences import OccurrenceEdges
from gmert_pyg.data.ranges import ranges
from gmert_pyg.data.storage.graph_store import GraphStore
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
    occurrences: OccurrenceEdges,
    callees: CalleeNames,
    strings: dict[str, list[str]],
    numbers: dict[str, list[int]],
) -> GraphStore:
    """Put roots and leaves together, one graph for each window.

    Args:
        windows: the chains.
        grafts: their triples.
        occurrences: the edges between their roots.
        callees: names that edges of arguments were found by.
        strings: one string for each window, by attribute.
        numbers: one integer for each window, by attribute.
    """
    num_windows = len(windows)
    num_roots = np.diff(windows.pointers)
    leaf_window = np.repeat(grafts.window, grafts.tail_length)
    num_leaves = np.bincount(leaf_window, minlength=num_windows)
    nodes = _Interleaving(num_roots, num_leaves)
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
    edge_index, edge_type, num_edges = _edges(
        grafts, occurrences, root_offset, anchor, first_leaf
    )
    source_window = grafts.window[grafts.source_triple]
    sources = np.stack(
        [
            grafts.source_root - root_offset[source_window],
            first_leaf[grafts.source_triple],
        ]
    )
    callee_window = windows.of_root[callees.root]
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
        "edge_index": edge_index,
        "edge_type": edge_type,
        "source_index": sources,
        "callee_index": np.stack(callees) - root_offset[callee_window],
        "kg_triple": grafts.kg_triple,
        "root_span": np.stack([windows.roots.start, windows.roots.end]),
    }
    sizes = dict.fromkeys(columns, num_roots + num_leaves)
    sizes["edge_index"] = sizes["edge_type"] = num_edges
    sizes["source_index"] = np.bincount(source_window, minlength=num_windows)
    sizes["callee_index"] = np.bincount(callee_window, minlength=num_windows)
    sizes["kg_triple"] = num_triples
    sizes["root_span"] = num_roots
    return GraphStore.from_columns(
        {name: torch.from_numpy(value) for name, value in columns.items()},
        {name: torch.from_numpy(size) for name, size in sizes.items()},
        strings,
        numbers,
    )


class _Interleaving:
    """Interleaves two parts of every graph: roots and leaves, for nodes."""

    def __init__(self, num_first: IntArray, num_second: IntArray) -> None:
        size = num_first + num_second
        start = np.cumsum(size) - size
        self.first = ranges(start, num_first)
        self.second = ranges(start + num_first, num_second)

    def gather(
        self, of_first: NDArray[np.generic], of_second: NDArray[np.generic]
    ) -> NDArray[np.generic]:
        size = len(self.first) + len(self.second)
        values = np.empty((*of_first.shape[:-1], size), of_first.dtype)
        values[..., self.first] = of_first
        values[..., self.second] = of_second
        return values


def _edges(
    grafts: Grafts,
    occurrences: OccurrenceEdges,
    root_offset: IntArray,
    anchor: IntArray,
    first_leaf: IntArray,
) -> tuple[NDArray[np.generic], NDArray[np.generic], IntArray]:
    """Return the edges of all graphs, their types, and how many each has."""
    to_leaves, relation, count = _edges_to_leaves(grafts, anchor, first_leaf)
    num_windows = len(root_offset)
    num_to_leaves = _count(grafts.window, count, num_windows)
    num_between = np.bincount(occurrences.window, minlength=num_windows)
    between = np.stack([occurrences.source, occurrences.target])
    between -= root_offset[occurrences.window]
    edges = _Interleaving(num_to_leaves, num_between)
    return (
        edges.gather(to_leaves, between),
        edges.gather(relation, occurrences.edge_type),
        num_to_leaves + num_between,
    )


def _edges_to_leaves(
    grafts: Grafts, anchor: IntArray, first_leaf: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Link every root of a head to every leaf of its tail, by triple."""
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
