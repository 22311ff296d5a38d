"""Triples with the tail of one that was derived from a masked root."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch_geometric.data import Batch

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.transforms import MaskLeaves
from gmert_pyg.transforms.leaf_leaks import telling_leaves
from gmert_pyg.transforms.ragged import RaggedNodes

TAILS = ([50, 60], [50, 60], [50], [60, 50], [50, 60, 70], [51])


def named(tails=TAILS, sources=((0, 0),)):
    """Roots `50 51`, tails, and which root (of two) which tail is made of."""
    first = 2 + np.cumsum([0, *map(len, tails)])
    pairs = [
        (root, leaf)
        for root, tail in sources
        for leaf in range(first[tail], first[tail + 1])
    ]
    index = torch.tensor(pairs, dtype=torch.long).reshape(-1, 2).T
    return ChainGraph.from_triples(
        [50, 51], [(0, 1, 3, tail) for tail in tails], source_index=index
    )


def told(data, *roots):
    """Return by graph the triples whose leaves tell of the masked roots."""
    nodes = RaggedNodes.of(data)
    covered = np.zeros(data.num_nodes, bool)
    covered[list(roots)] = True
    telling = telling_leaves(data, nodes, covered)
    assert not telling[nodes.is_root].any()
    triple = data.triple.numpy()
    found = set(zip(nodes.graph[telling], triple[telling] - 1, strict=True))
    for graph, number in found:  # all leaves of a triple, or none
        alike = (nodes.graph == graph) & (triple == number + 1)
        assert telling[alike].all()
    return {(int(graph), int(number)) for graph, number in found}


def test_the_same_tail_tells_too_and_no_other():
    graph = named()
    assert told(graph, 0) == {(0, 0), (0, 1)}
    assert told(graph, 1) == set()


def test_a_tail_that_is_masked_counts_as_what_it_was():
    graph = MaskLeaves(4, rate=1.0)(named())
    assert told(graph, 0) == {(0, 0), (0, 1)}


@pytest.mark.parametrize("number", [0, 1])
def test_other_graphs_do_not_tell(number):
    batch = Batch.from_data_list([named(), named()])
    root = int(batch.ptr[number])
    assert told(batch, root) == {(number, 0), (number, 1)}


TAIL = st.lists(st.integers(50, 52), min_size=1, max_size=3)


@given(st.lists(TAIL, min_size=1, max_size=6), st.data())
def test_as_tails_compared_one_by_one(tails, data):
    pair = st.tuples(st.integers(0, 1), st.integers(0, len(tails) - 1))
    sources = data.draw(st.lists(pair, max_size=4, unique=True))
    derived = [tails[tail] for root, tail in sources if root == 0]
    assert told(named(tails, sources), 0) == {
        (0, number) for number, tail in enumerate(tails) if tail in derived
    }
