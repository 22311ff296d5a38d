"""Lengths are counted by relation."""

import json

import numpy as np
from torch_geometric.data import Batch

from gmert_pyg import ChainGraph
from gmert_pyg.distill.completion.tail_lengths import TailLengths


def test_counts_by_hand():
    relation = np.array([0, 0, 0, 1, 1])
    length = np.array([1, 1, 2, 2, 9])
    lengths = TailLengths.of_tails(relation, length, 3, 2)
    assert lengths.counts.tolist() == [[2, 1], [0, 1], [0, 0]]
    # (count + 1) / (total + 2), of what is short enough.
    assert np.allclose(
        np.exp(lengths.log_probability),
        [[3 / 5, 2 / 5], [1 / 3, 2 / 3], [1 / 2, 1 / 2]],
    )


def test_probabilities_sum_to_one(lengths):
    assert np.allclose(np.exp(lengths.log_probability).sum(axis=1), 1)


def test_tails_of_graphs_are_counted():
    graphs = [
        ChainGraph.from_triples(
            [5, 6],
            [(0, 2, 1, [7, 8]), (1, 1, 1, [7]), (1, 1, 0, [7, 8, 9])],
            occurrences=[(1, 0, 4)],
        ),
        ChainGraph.from_triples([5], [(0, 1, 1, [9])]),
    ]
    lengths = TailLengths.of_graphs(Batch.from_data_list(graphs), 3, 2)
    assert lengths.counts.tolist() == [[0, 0], [2, 1], [0, 0]]


def test_lengths_come_back_from_json(lengths):
    found = TailLengths.from_dict(json.loads(json.dumps(lengths.to_dict())))
    assert np.array_equal(found.counts, lengths.counts)


def test_of_uniform_lengths_none_is_preferred():
    lengths = TailLengths.uniform(2, 4)
    assert np.allclose(lengths.log_probability, np.log(1 / 4))
