import numpy as np
import pytest

from gmert_pyg.data.near_duplicates import minhash, near_duplicates
from gmert_pyg.data.splits import choose_groups, split_by_group


def flat(sequences):
    pointers = np.cumsum([0, *(len(s) for s in sequences)])
    return np.concatenate(sequences).astype(np.int64), pointers


def test_signatures_estimate_the_jaccard_similarity():
    random = np.random.default_rng(0)
    base = random.integers(0, 1000, 300)
    changed = base.copy()
    changed[150] = 5000  # five of 296 shingles differ on each side
    other = random.integers(0, 1000, 300)
    signature = minhash(*flat([base, changed, base, other]))
    agreement = (signature[0] == signature).mean(axis=1)
    assert agreement[2] == 1.0
    assert agreement[1] == pytest.approx(291 / 301, abs=0.08)
    assert agreement[3] < 0.1


def test_near_duplicates_are_found_and_others_are_not():
    random = np.random.default_rng(1)
    originals = [random.integers(0, 500, 80) for _ in range(50)]
    copies = [sequence.copy() for sequence in originals[:10]]
    for copy in copies:
        copy[-1] = 999
    fresh = [random.integers(0, 500, 80) for _ in range(20)]
    found = near_duplicates(
        minhash(*flat(copies + fresh)), minhash(*flat(originals))
    )
    assert found[:10].all()
    assert not found[10:].any()


def test_short_sequences_are_compared_too():
    signature = minhash(*flat([[1, 2], [1, 2], [1, 3], [7]]))
    assert (signature[0] == signature[1]).all()
    assert (signature[0] == signature[2]).mean() < 0.5


def test_groups_are_held_out_whole():
    groups = ["a"] * 50 + ["b"] * 5 + ["c"] * 5 + ["d"] * 40
    tokens, pointers = flat(
        np.random.default_rng(0).integers(0, 500, (100, 30))
    )
    split = split_by_group(groups, tokens, pointers, share=0.1)
    assert split.held_out_groups == ("b", "c")
    assert {groups[i] for i in split.held_out} == {"b", "c"}
    assert not {groups[i] for i in split.train} & {"b", "c"}
    assert len(split.train) + len(split.held_out) == 100
    again = split_by_group(groups, tokens, pointers, share=0.1)
    assert np.array_equal(split.train, again.train)


def test_copies_of_held_out_code_are_not_trained_on():
    random = np.random.default_rng(0)
    sequences = random.integers(0, 500, (20, 60))
    sequences[3] = sequences[19]  # a vendored copy of held-out code
    groups = ["a"] * 18 + ["b"] * 2
    split = split_by_group(groups, *flat(sequences), share=0.1)
    assert split.held_out_groups == ("b",)
    assert 3 not in split.train
    assert split.num_duplicates == 1


def test_the_choice_depends_on_names_and_seed():
    groups = [name for name in "abcdefghij" for _ in range(10)]
    assert choose_groups(groups, 0.3) == choose_groups(groups[::-1], 0.3)
    choices = {choose_groups(groups, 0.3, seed) for seed in range(5)}
    assert len(choices) > 1
    assert all(len(choice) == 3 for choice in choices)


def test_shares_and_groups_that_cannot_be_met():
    with pytest.raises(ValueError, match=r"'share' .* \(got 1.5\)"):
        choose_groups(["a"], 1.5)
    with pytest.raises(ValueError, match="'groups' must have a group"):
        choose_groups(["a", "a", "b", "b"], 0.1)
