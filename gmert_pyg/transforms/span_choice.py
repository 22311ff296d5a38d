"""Which spans of roots are covered, given where they could start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gmert_pyg.transforms.counter_random import UInt64Array
from gmert_pyg.transforms.ragged import BoolArray, IntArray

_UPPER = np.uint64(32)


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
    graph: IntArray, order: UInt64Array, budget: IntArray
) -> tuple[IntArray, IntArray]:
    """Choose the starts that may be reached before the budget is spent.

    A start is either taken or covered already, so that the first :math:`m` of
    a graph cover at least :math:`m` roots.

    Args:
        graph: the graph of every start, ascending.
        order: what ranks the starts of a graph, by its upper 32 bits; of
            those that are equal the first comes first.
        budget: :math:`[B]`, the number of roots to cover.

    Returns:
        The starts, ascending, and the rank of each in its graph: 0, 1, ...
    """
    # Sorted by graph first, the starts of a graph stay where they were.
    rank = np.arange(len(graph)) - _first_of(graph, len(budget))[graph]
    best = rank < budget[graph]
    rank_of = np.full(len(graph), -1)
    rank_of[by_rank(graph, order)[best]] = rank[best]
    chosen = np.flatnonzero(rank_of >= 0)
    return chosen, rank_of[chosen]


def by_rank(graph: IntArray, order: UInt64Array) -> IntArray:
    """Return what sorts starts by graph, order and place.

    Args:
        graph: the graph of every start.
        order: what ranks the starts of a graph, by its upper 32 bits.
    """
    upper = order >> _UPPER
    num_bits = len(graph).bit_length()
    if len(graph) == 0 or int(graph[-1]).bit_length() + num_bits > 32:
        return np.lexsort((upper, graph))
    # All in one number, so that numbers are sorted and not their places:
    # fifteen times as fast.
    shift = np.uint64(num_bits)
    key = (graph.astype(np.uint64) << _UPPER) | upper
    key <<= shift
    key |= np.arange(len(graph), dtype=np.uint64)
    key.sort()
    key &= (np.uint64(1) << shift) - np.uint64(1)
    return key.astype(np.int64)


def _first_of(graph: IntArray, num_graphs: int) -> IntArray:
    """Return where each graph starts in an ascending array of graphs."""
    return np.searchsorted(graph, np.arange(num_graphs))


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
        rank: its rank in its graph, below the budget.
        graph: its graph.
        budget: :math:`[B]`, the number of nodes to cover.
    """
    taken, stop = _settle(start, stop, rank)
    # No rank of a graph reaches its budget: a place for each sorts them.
    offset = np.cumsum(budget) - budget
    place = np.full(int(budget.sum()), -1)
    number = np.flatnonzero(taken)
    place[offset[graph[number]] + rank[number]] = number
    ranked = place[place >= 0]
    start, graph = start[ranked], graph[ranked]
    length = stop[ranked] - start
    before = np.cumsum(length) - length
    first = _first_of(graph, len(budget)).clip(max=max(len(graph) - 1, 0))
    left = budget[graph] - (before - before[first[graph]])
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
