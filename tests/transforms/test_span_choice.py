"""Which spans are taken, against going through them one after the other."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gmert_pyg.transforms.span_choice import (
    best_ranked,
    by_rank,
    take_spans,
)


@st.composite
def starts(draw):
    """Graphs of a few starts, some with equal draws, and what they cover."""
    counts = draw(st.lists(st.integers(0, 8), min_size=1, max_size=5))
    budget = draw(
        st.lists(st.integers(1, 6), min_size=len(counts), max_size=len(counts))
    )
    graph = np.repeat(np.arange(len(counts)), counts)
    order = draw(
        st.lists(st.integers(0, 4), min_size=len(graph), max_size=len(graph))
    )
    lengths = draw(
        st.lists(st.integers(1, 7), min_size=len(graph), max_size=len(graph))
    )
    return (
        graph,
        np.array(order, np.uint64) << np.uint64(32),
        np.array(budget),
        np.array(lengths, int),
    )


@given(starts())
def test_the_best_of_every_graph(drawn):
    graph, order, budget, _ = drawn
    chosen, rank = best_ranked(graph, order, budget)
    expected = {}
    for number in range(len(budget)):
        of_graph = np.flatnonzero(graph == number).tolist()
        ranked = sorted(of_graph, key=lambda start: (order[start], start))
        expected |= {s: r for r, s in enumerate(ranked[: budget[number]])}
    assert dict(zip(chosen.tolist(), rank.tolist(), strict=True)) == expected
    assert (np.diff(chosen) > 0).all()


@given(starts())
def test_numbers_of_graphs_do_not_change_the_order(drawn):
    graph, order, _, _ = drawn
    # So many graphs that graph, order and place are no longer one number.
    assert np.array_equal(by_rank(graph, order), by_rank(graph + 2**31, order))


@given(starts(), st.lists(st.integers(1, 3), min_size=40, max_size=40))
def test_spans_are_taken_one_after_the_other(drawn, gaps):
    graph, order, budget, lengths = drawn
    chosen, rank = best_ranked(graph, order, budget)
    graph, lengths = graph[chosen], lengths[chosen]
    # Graphs are ten nodes apart, starts one to three.
    start = np.cumsum(np.array(gaps)[: len(graph)]) + 10 * graph
    stop = start + lengths
    for number in range(len(start)):
        later = start[graph > graph[number]]
        stop[number] = min([stop[number], *later])
    spans = take_spans(start, stop, rank, graph, budget)
    found = dict(zip(spans.first.tolist(), spans.length.tolist(), strict=True))
    assert found == one_after_the_other(start, stop, rank, graph, budget)


def one_after_the_other(start, stop, rank, graph, budget):
    """Return the length of every span taken, by its first node."""
    taken, covered = {}, set()
    for number in np.lexsort((rank, graph)).tolist():
        first, left = start[number], budget[graph[number]]
        left -= sum(
            n for f, n in taken.items() if graph[start == f] == graph[number]
        )
        if first in covered or left <= 0:
            continue
        nodes = []
        for node in range(first, stop[number]):
            if node in covered or len(nodes) == left:
                break
            nodes.append(node)
        taken[int(first)] = len(nodes)
        covered |= set(nodes)
    return taken
