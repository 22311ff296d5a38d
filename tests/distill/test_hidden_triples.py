"""A hidden triple leaves nothing behind that tells its tail."""

import pytest
import torch

from gmert_pyg import ChainGraph
from gmert_pyg.data.grafted_triples import grafted_triples
from gmert_pyg.distill.hidden_triples import hide_triples, queries_for

ROOTS = [1, 2, 3]
TRIPLES = [(0, 1, 4, [5, 6]), (1, 2, 0, [7]), (2, 1, 3, [5, 6]), (0, 1, 1, [6])]


@pytest.fixture
def graph():
    return ChainGraph.from_triples(
        ROOTS, TRIPLES, occurrences=[(2, 0, 13)], path="a.py", line_start=4
    )


def of(triple):
    return (
        triple.first_root,
        triple.num_roots,
        triple.relation,
        list(triple.tail),
    )


def test_triples_are_read_back(graph):
    assert [of(triple) for triple in grafted_triples(graph)] == TRIPLES


def test_it_goes_with_all_triples_of_its_tail(graph):
    left, hidden = hide_triples(graph, [1])
    assert [of(triple) for triple in hidden] == TRIPLES[:1]
    expected = ChainGraph.from_triples(
        ROOTS, [TRIPLES[1], TRIPLES[3]], occurrences=[(2, 0, 13)]
    )
    for name in expected.keys():  # noqa: SIM118
        assert torch.equal(left[name], expected[name]), name
    assert (left.path, left.line_start) == ("a.py", 4)
    left.validate()


def test_several_are_hidden_at_once(graph):
    left, hidden = hide_triples(graph, [4, 2])
    assert [of(triple) for triple in hidden] == [TRIPLES[3], TRIPLES[1]]
    assert [of(t) for t in grafted_triples(left)] == [TRIPLES[0], TRIPLES[2]]


def test_they_are_asked_for(graph):
    _, hidden = hide_triples(graph, [2])
    queries = queries_for([[], hidden, hidden])
    assert queries.graph.tolist() == [1, 2]
    assert queries.first_root.tolist() == [1, 1]
    assert queries.num_roots.tolist() == [2, 2]
    assert queries.relation.tolist() == [0, 0]


@pytest.mark.parametrize("number", [0, 5])
def test_what_is_not_there_is_refused(graph, number):
    with pytest.raises(ValueError, match=rf"'numbers' .* \(got {number}\)"):
        hide_triples(graph, [number])
