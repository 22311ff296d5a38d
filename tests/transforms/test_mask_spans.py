import numpy as np
import pytest
import torch
from torch_geometric.data import Batch

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.transforms import MaskSpans
from gmert_pyg.transforms.labels import IGNORE_INDEX

MASK, VOCAB = 4, 200


def runs(masked: np.ndarray) -> list[int]:
    """Return the lengths of the runs of True."""
    edges = np.flatnonzero(np.diff(np.r_[False, masked, False].astype(int)))
    return (edges[1::2] - edges[::2]).tolist()


@pytest.fixture(scope="module")
def masked(many_graphs) -> Batch:
    return MaskSpans(MASK, VOCAB, first_random_id=5)(many_graphs)


def test_exactly_fifteen_percent_of_the_roots_of_every_graph(masked):
    covered = masked.labels != IGNORE_INDEX
    per_graph = covered[masked.node_type == 0].view(2000, 60).sum(1)
    assert torch.equal(per_graph, torch.full((2000,), 9))
    assert not bool(covered[masked.node_type == 1].any())


def test_labels_are_the_tokens_that_were_there(masked, many_graphs):
    covered = masked.labels != IGNORE_INDEX
    assert torch.equal(masked.labels[covered], many_graphs.input_ids[covered])
    untouched = ~covered
    assert torch.equal(
        masked.input_ids[untouched], many_graphs.input_ids[untouched]
    )


def test_mask_random_keep_is_80_10_10(masked):
    covered = masked.labels != IGNORE_INDEX
    shown, true = masked.input_ids[covered], masked.labels[covered]
    is_mask, kept = shown == MASK, shown == true
    # 18,000 tokens in some 6,000 spans: three standard errors are 1.5 points.
    assert is_mask.float().mean().item() == pytest.approx(0.8, abs=0.02)
    assert kept.float().mean().item() == pytest.approx(0.1, abs=0.015)
    replaced = shown[~is_mask & ~kept]
    assert int(replaced.min()) >= 5
    assert int(replaced.max()) > VOCAB - 10


def test_a_span_is_treated_alike(masked):
    # In a run of three masked roots whose middle shows its own token, the
    # span around it was kept: never a mask on both sides of one kept token
    # unless another span starts there.
    covered = (masked.labels != IGNORE_INDEX).numpy()
    is_mask = (masked.input_ids == MASK).numpy()
    start = masked.word_start.numpy()
    inside = covered[1:-1] & covered[:-2] & covered[2:]
    inside &= ~start[1:-1] & ~start[2:]
    assert inside.sum() > 100
    assert (is_mask[1:-1] == is_mask[2:])[inside].mean() > 0.97


def test_span_lengths_are_geometric(many_graphs):
    # One long chain, so that few spans meet: 1 % of its roots are covered.
    chain = ChainGraph.from_triples([7] * 200_000, [], graph_id=0, epoch=0)
    lengths = []
    for epoch in range(10):
        chain.epoch = epoch
        masked = MaskSpans(MASK, VOCAB, rate=0.01)(chain)
        lengths += runs((masked.labels != IGNORE_INDEX).numpy())
    share = np.bincount(lengths, minlength=8)[1:8] / len(lengths)
    expected = 0.2 * 0.8 ** np.arange(7)
    expected /= expected.sum()
    # 6,500 spans: three standard errors, and 1 % that meet another.
    assert len(lengths) > 6000
    error = 3 * np.sqrt(expected * (1 - expected) / len(lengths))
    assert (np.abs(share - expected) < error + 0.003).all()
    # What cutting at seven, or p = 0.22, would give is further off.
    assert share[6] < 0.08
    assert np.mean([n for n in lengths if n < 8]) == pytest.approx(
        3.09, abs=0.1
    )


def test_spans_start_at_words(many_graphs):
    transform = MaskSpans(MASK, VOCAB)
    covered = transform(many_graphs).labels != IGNORE_INDEX
    before = torch.roll(covered, 1)
    first = covered & ~before
    # A span may be cut at its end by the budget, never at its start by
    # anything but a better-ranked span, which then adjoins it.
    assert bool(many_graphs.word_start[first].all())


def test_single_tokens_are_masked_wherever_they_are_in_a_word(many_graphs):
    masked = MaskSpans(MASK, VOCAB, max_length=1)(many_graphs)
    covered = (masked.labels != IGNORE_INDEX)[masked.node_type == 0]
    inner = ~many_graphs.word_start[masked.node_type == 0]
    # 18,000 of 120,000 roots, without regard to words: three standard errors.
    share = inner.float().mean().item()
    error = 3 * (share * (1 - share) / 18_000) ** 0.5
    assert int(covered.sum()) == 18_000
    found = inner[covered].float().mean().item()
    assert found == pytest.approx(share, abs=error)


def test_draws_depend_on_seed_epoch_and_graph_alone(many_graphs):
    graphs = many_graphs.to_data_list()[:20]
    together = MaskSpans(MASK, VOCAB)(Batch.from_data_list(graphs))
    backwards = MaskSpans(MASK, VOCAB)(Batch.from_data_list(graphs[::-1]))
    alone = [MaskSpans(MASK, VOCAB)(graph) for graph in graphs]
    for number, single in enumerate(alone):
        in_batch = together.labels[together.batch == number]
        in_other = backwards.labels[backwards.batch == 19 - number]
        assert torch.equal(in_batch, single.labels)
        assert torch.equal(in_other, single.labels)
    graphs[0].epoch = 1
    other_epoch = MaskSpans(MASK, VOCAB)(graphs[0])
    other_seed = MaskSpans(MASK, VOCAB, seed=1)(graphs[1])
    assert not torch.equal(other_epoch.labels, alone[0].labels)
    assert not torch.equal(other_seed.labels, alone[1].labels)


def test_a_masked_callee_is_never_readable_from_a_leaf(called_twice):
    hidden = shown = 0
    for epoch in range(200):
        called_twice.epoch = epoch
        masked = MaskSpans(MASK, VOCAB)(called_twice)
        covered = masked.labels != IGNORE_INDEX
        if bool(covered[[0, 4]].any()):
            hidden += 1
            assert masked.input_ids[5] == MASK
        else:
            shown += 1
            assert masked.input_ids[5] == 50
        assert masked.labels[5] == IGNORE_INDEX
        assert masked.input_ids[6:].tolist() == [60, 61]
    assert hidden > 20
    assert shown > 20


def test_the_graph_given_is_left_alone(called_twice):
    before = called_twice.clone()
    MaskSpans(MASK, VOCAB)(called_twice)
    assert torch.equal(called_twice.input_ids, before.input_ids)
    assert "labels" not in called_twice


@pytest.mark.parametrize(
    ("option", "value"), [("rate", 0.0), ("rate", 1.0), ("p", 2.0)]
)
def test_shares_out_of_range_are_refused(option, value):
    with pytest.raises(ValueError, match=rf"'{option}' .* \(got {value}\)"):
        MaskSpans(MASK, VOCAB, **{option: value})
