"""Which spans of roots are covered, given where they could start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.transforms.ragged import BoolArray, IntArray


@dataclass(frozen=True, slots=True)
class Spans:
    """Spans of neighbouring nodes that do not overlap.

    Args:
        first: :math:`[S]`, the first node of every span.
        length: :math:`[S]`, the number of its nodes.
    """

    first: IntArray
    length: IntArray


def best_ranked(
    graph: IntArray, order: NDArray[np.float64], budget: IntArray
) -> tuple[IntArray, IntArray]:
    """Choose the starts that may be reached before the budget is spent.

    A start is either taken or covered already, so that the first :math:`m` of
    a graph cover at least :math:`m` roots.

    Args:
        graph: the graph of every start, ascending.
        order: what ranks the starts of a graph.
        budget: :math:`[B]`, the number of roots to cover.

    Returns:
        The starts, ascending, and the rank of each in its graph: 0, 1, ...
    """
    by_rank = np.lexsort((order, graph))
    count = np.bincount(graph, minlength=len(budget))
    rank = np.empty_like(graph)
    rank[by_rank] = np.arange(len(graph)) - np.repeat(
        np.cumsum(count) - count, count
    )
    chosen = np.flatnonzero(rank < budget[graph])
    return chosen, rank[chosen]


def take_spans(
    start: IntArray,
    stop: IntArray,
    rank: IntArray,
    graph: IntArray,
    budget: IntArray,
) -> Spans:
    """Take spans by rank until the budget of their graph is spent.

    A span whose start an earlier one covers is passed over. One that runs into
    an earlier one ends there, and the last one where the budget does.

    Args:
        start: the first node of every span, ascending.
        stop: the node after its last one, in the same graph.
        rank: its rank in its graph.
        graph: its graph.
        budget: :math:`[B]`, the number of nodes to cover.
    """
    taken, stop = _settle(start, stop, rank)
    by_rank = np.flatnonzero(taken)
    by_rank = by_rank[np.lexsort((rank[by_rank], graph[by_rank]))]
    start, graph = start[by_rank], graph[by_rank]
    length = stop[by_rank] - start
    before = np.cumsum(length) - length
    left = budget[graph] - (before - before[np.searchsorted(graph, graph)])
    kept = left > 0
    return Spans(start[kept], np.minimum(length, left)[kept])


def _settle(
    start: IntArray, stop: IntArray, rank: IntArray
) -> tuple[BoolArray, IntArray]:
    """Tell which spans are taken, gone through by rank, and where they end."""
    left, right = _overlaps(start, stop)
    covers = rank[left] < rank[right]
    by, covered = left[covers], right[covers]
    cut, cutting = left[~covers], right[~covers]
    taken, end = np.ones(len(start), bool), stop
    # Each round is right about one rank more, at least, of spans that overlap:
    # of which there are few, so that this ends soon.
    while True:
        end = stop.copy()
        ends = taken[cutting]
        np.minimum.at(end, cut[ends], start[cutting[ends]])
        again = np.ones(len(start), bool)
        again[covered[taken[by] & (end[by] > start[covered])]] = False
        if np.array_equal(again, taken):
            return taken, end
        taken = again


def _overlaps(start: IntArray, stop: IntArray) -> tuple[IntArray, IntArray]:
    """Return all pairs of spans of which the first reaches the second."""
    left, right = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for distance in range(1, len(start)):
        reaching = np.flatnonzero(stop[:-distance] > start[distance:])
        if len(reaching) == 0:
            break
        left.append(reaching)
        right.append(reaching + distance)
    return np.concatenate(left), np.concatenate(right)
