import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gmert_pyg.training import EpochView, PlanBatchSampler
from gmert_pyg.training.batches.bin_filling import fill_bins

LENGTHS = st.lists(st.integers(1, 40), min_size=1, max_size=80)


@given(
    LENGTHS,
    st.integers(40, 200),
    st.integers(1, 3),
    st.booleans(),
    st.booleans(),
)
def test_every_graph_once_an_epoch(lengths, budget, epochs, shuffle, packed):
    sampler = PlanBatchSampler(
        lengths, budget, num_epochs=epochs, shuffle=shuffle, packed=packed
    )
    draws = [draw for batch in sampler for draw in batch]
    assert sorted(draws) == list(range(epochs * len(lengths)))
    # Epochs follow each other: none starts before the last one is done.
    assert all(
        draw // len(lengths) == place // len(lengths)
        for place, draw in enumerate(draws)
    )


@given(LENGTHS, st.integers(40, 200))
def test_padded_batches_keep_the_budget(lengths, budget):
    for batch in PlanBatchSampler(lengths, budget):
        longest = max(lengths[draw % len(lengths)] for draw in batch)
        assert 0 < longest * len(batch) <= budget


@given(LENGTHS, st.integers(40, 200))
def test_packed_batches_keep_the_budget_together(lengths, budget):
    sizes = [
        sum(lengths[draw] for draw in batch)
        for batch in PlanBatchSampler(lengths, budget, packed=True)
    ]
    assert 0 < min(sizes) <= max(sizes) <= budget


@given(LENGTHS, st.integers(40, 200))
def test_what_would_have_fitted_is_packed(lengths, budget):
    # So few graphs that all are looked at: each bin, in the order they are
    # filled, has no room for any graph of a later one.
    batches = fill_bins(np.array(lengths), np.arange(len(lengths)), budget)
    for place, batch in enumerate(batches):
        left = budget - sum(lengths[graph] for graph in batch)
        later = [graph for other in batches[place + 1 :] for graph in other]
        assert all(lengths[graph] > left for graph in later)


@given(LENGTHS, st.integers(1, 50), st.booleans())
def test_the_stream_has_the_length_it_says(lengths, num_batches, packed):
    sampler = PlanBatchSampler(
        lengths, 40, num_batches=num_batches, packed=packed
    )
    assert len(sampler) == len(list(sampler)) == num_batches


@pytest.mark.parametrize("packed", [False, True])
def test_plans_repeat_and_epochs_differ(packed):
    lengths = np.random.default_rng(0).integers(1, 40, 200)

    def plan(seed=0):
        return list(
            PlanBatchSampler(
                lengths, 100, seed=seed, num_epochs=2, packed=packed
            )
        )

    first = plan()
    assert first == plan()
    assert first != plan(seed=1)
    order = [draw for batch in first for draw in batch]
    assert order[:200] != [draw - 200 for draw in order[200:]]


def test_little_is_padding():
    lengths = np.random.default_rng(0).geometric(1 / 130, 5000).clip(5, 400)
    padded = sum(
        len(batch) * lengths[batch].max()
        for batch in PlanBatchSampler(lengths, 4096)
    )
    assert lengths.sum() / padded > 0.95


@pytest.mark.parametrize("budget", [1024, 8192, 32_768])
def test_packed_batches_are_full(budget):
    lengths = np.random.default_rng(0).geometric(1 / 130, 8000).clip(5, 500)
    sizes = [
        lengths[np.array(batch)].sum()
        for batch in PlanBatchSampler(lengths, budget, packed=True)
    ]
    assert sum(sizes) / (len(sizes) * budget) > 0.98
    # All but the last of the plan, wherever that was shuffled to.
    assert sorted(sizes)[1] > 0.98 * budget


def test_packed_batches_mix_lengths():
    lengths = np.random.default_rng(0).geometric(1 / 130, 8000).clip(5, 500)
    means = [
        lengths[np.array(batch)].mean()
        for batch in PlanBatchSampler(lengths, 8192, packed=True)
    ]
    # Of 60 graphs with a deviation of 120: 16 if they are drawn at random.
    assert np.std(means) < 25


def test_many_short_graphs_fill_one_bin():
    batches = fill_bins(np.ones(5000, int), np.arange(5000), 2000)
    assert [len(batch) for batch in batches] == [2000, 2000, 1000]


@pytest.mark.parametrize(("budget", "share"), [(1024, 0.1), (4096, 0.05)])
def test_little_is_padding_of_graphs_as_in_the_standard_library(budget, share):
    # Deciles 37, 113 and 263 of the nodes of a function.
    random = np.random.default_rng(0)
    lengths = np.exp(np.log(113) + 0.76 * random.standard_normal(5000))
    lengths = lengths.clip(5, 358).astype(int)
    assert np.percentile(lengths, [10, 50, 90]) == pytest.approx(
        [43, 113, 299], rel=0.05
    )
    padded = sum(
        len(batch) * lengths[batch].max()
        for batch in PlanBatchSampler(lengths, budget)
    )
    assert 1 - lengths.sum() / padded < share


def test_a_budget_below_the_longest_graph_is_refused():
    with pytest.raises(ValueError, match=r"of 41 nodes \(got 40\)"):
        PlanBatchSampler([3, 41], 40)
    with pytest.raises(ValueError, match="'lengths' must not be empty"):
        PlanBatchSampler([], 40)


def test_a_draw_is_an_epoch_and_a_graph():
    class Graph:
        def __init__(self, number):
            self.number = number

    view = EpochView([Graph(0), Graph(1), Graph(2)])
    first, last = view[1], view[7]
    assert (first.number, last.number) == (1, 1)
    # One object in memory, read in two epochs.
    assert (first.epoch, last.epoch) == (0, 2)
