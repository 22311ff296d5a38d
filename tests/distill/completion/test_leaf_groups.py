"""Groups of leaves on a graph are triples of it."""

import numpy as np
import pytest
import torch

from gmert_pyg import ChainGraph
from gmert_pyg.distill.completion.leaf_groups import graft

TRIPLES = [(0, 2, 3, [10, 11]), (2, 1, 1, [12])]
ROOTS = [5, 6, 7, 8, 9]
ATTRIBUTES = (
    *("input_ids", "node_type", "anchor", "slot", "triple"),
    *("edge_index", "edge_type", "word_start"),
)


def test_grafted_groups_are_what_triples_are(queries):
    own = queries.drafts(np.array([0, 0, 2]), [[4], [13, 4], [4, 4, 4]])
    graph = ChainGraph.from_triples(ROOTS, TRIPLES)
    asked = graft(graph, own)
    expected = ChainGraph.from_triples(
        ROOTS,
        [*TRIPLES, (1, 1, 2, [4]), (1, 1, 2, [13, 4]), (3, 2, 2, [4, 4, 4])],
    )
    for name in ATTRIBUTES:
        assert torch.equal(asked[name], expected[name]), name
    assert asked.query.tolist() == [0] * 8 + [1, 2, 2, 3, 3, 3]


def test_occurrence_edges_stay(queries):
    edges = [(0, 3, 13), (4, 1, 14)]
    graph = ChainGraph.from_triples(ROOTS, TRIPLES, occurrences=edges)
    asked = graft(graph, queries.drafts(np.array([1]), [[4, 4]]))
    asked.validate()
    kept = torch.cat([asked.edge_index, asked.edge_type[None]]).T.tolist()
    assert [list(edge) for edge in edges] == kept[-4:-2]
    assert kept[-2:] == [[1, 8, 5], [1, 9, 5]]


def test_a_head_outside_of_the_chain_is_refused(queries):
    graph = ChainGraph.from_triples(ROOTS[:4], [])
    with pytest.raises(ValueError, match=r"'groups' .* \(got 2 roots from 3"):
        graft(graph, queries.drafts(np.array([2]), [[4]]))


def test_groups_are_taken_in_any_order(queries):
    groups = queries.drafts(np.array([0, 1, 3]), [[4], [13, 4], [7, 8, 9]])
    taken = groups.take(np.array([2, 0]))
    assert taken.tokens.tolist() == [7, 8, 9, 4]
    assert taken.graph.tolist() == [1, 0]
    assert taken.first_leaf.tolist() == [0, 3]
