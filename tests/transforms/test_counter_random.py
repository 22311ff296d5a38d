"""Draws, against SplitMix64 as it is defined, one number at a time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gmert_pyg.transforms.counter_random import hashed, uniform
from gmert_pyg.transforms.ragged import RaggedNodes, Stream

SIZE = 1 << 64
KEYS = st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=5)


def split_mix(state):
    state = (state + 0x9E3779B97F4A7C15) % SIZE
    state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 % SIZE
    state = (state ^ state >> 27) * 0x94D049BB133111EB % SIZE
    return state ^ state >> 31


def reference(*keys):
    state = 0
    for key in keys:
        state = split_mix(state ^ key)
    return state


def test_the_first_numbers_of_split_mix():
    # Those that the authors' program prints for the seed 0.
    assert split_mix(0) == 0xE220A8397B1DCDAF
    assert split_mix(0x9E3779B97F4A7C15) == 0x6E789E6AA1B965F4


@given(KEYS)
def test_hashes_are_those_of_the_definition(keys):
    assert hashed(*keys).tolist() == [reference(*keys)]
    arrays = [np.array([key, 0]) for key in keys]
    before = [array.copy() for array in arrays]
    assert hashed(*arrays).tolist() == [
        reference(*keys),
        reference(*[0] * len(keys)),
    ]
    for array, was in zip(arrays, before, strict=True):
        assert np.array_equal(array, was)


def test_a_draw_is_of_seed_stream_epoch_graph_and_place(many_graphs):
    nodes = RaggedNodes.of(many_graphs)
    where = np.array([0, 5, nodes.start[3] + 7, nodes.start[-1]])
    for seed in (0, 9):
        for stream in Stream:
            found = nodes.hashed(seed, stream, where)
            assert found.tolist() == [
                reference(seed, stream, 0, graph, place)
                for graph, place in ((0, 0), (0, 5), (3, 7), (1999, 0))
            ]


def test_hashes_are_uniform_numbers():
    ends = np.array([0, SIZE - 1], np.uint64)
    assert uniform(ends).tolist() == [0.0, 1 - 2.0**-53]
    drawn = uniform(hashed(0, np.arange(100_000)))
    counts = np.histogram(drawn, bins=10, range=(0, 1))[0]
    assert counts == pytest.approx(np.full(10, 10_000), abs=4 * 95)
    assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 0.015
