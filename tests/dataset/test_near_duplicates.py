import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gmert_pyg.data import near_duplicates as module
from gmert_pyg.data.near_duplicates import (
    SHINGLE,
    Sketches,
    exact_duplicates,
    near_duplicates,
)


def sketch(sequences) -> Sketches:
    pointers = np.cumsum([0, *(len(s) for s in sequences)])
    return Sketches.of(np.concatenate(sequences).astype(np.int64), pointers)


def jaccard(first, second) -> float:
    """The similarity, from its definition."""
    sets = [
        {
            tuple(sequence[i : i + SHINGLE])
            for i in range(max(1, len(sequence) - SHINGLE + 1))
        }
        for sequence in (list(first), list(second))
    ]
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


def mutated(random, sequence, share):
    """Replace tokens, and insert or delete some, at random."""
    changed = [
        random.integers(1000) if random.random() < share else token
        for token in sequence
    ]
    if random.random() < 0.5:
        position = random.integers(len(changed))
        changed[position:position] = random.integers(1000, size=3)
    return np.array(changed)


def test_it_finds_what_the_definition_finds():
    random = np.random.default_rng(0)
    originals = [
        random.integers(0, 1000, random.integers(10, 200)) for _ in range(400)
    ]
    copies = [
        mutated(random, sequence, random.uniform(0, 0.06))
        for sequence in originals
    ]
    similarity = np.array(
        [jaccard(a, b) for a, b in zip(copies, originals, strict=True)]
    )
    similar = similarity >= 0.8
    found = near_duplicates(sketch(copies), sketch(originals))
    assert 100 < similar.sum() < 300
    # Pairs are compared exactly, so nothing below the threshold is found; a
    # pair above it is missed with a probability of at most 0.0004.
    assert not (found & ~similar).any()
    assert (similar & ~found).sum() <= 1
    for threshold in (0.6, 0.95):
        found = near_duplicates(sketch(copies), sketch(originals), threshold)
        assert not (found & (similarity < threshold)).any()


def test_bands_agree_as_often_as_the_theory_says():
    random = np.random.default_rng(1)
    base = random.integers(0, 10**6, 400)
    pairs = []
    for _ in range(300):
        changed = base.copy()
        changed[random.choice(400, 18, replace=False)] = random.integers(
            10**6, size=18
        )
        pairs.append(changed)
    expected = np.mean([jaccard(base, changed) ** 5 for changed in pairs])
    bands = sketch([base, *pairs]).bands
    agree = (bands[1:] == bands[0]).mean()
    # 6,000 bands, of which those of one pair are not quite independent.
    assert agree == pytest.approx(expected, abs=0.03)


def test_equal_sequences_are_exact_duplicates():
    sequences = [[1, 2], [2, 1], [1, 2, 0], [0, 1, 2], [7], [7, 7], [7] * 9]
    others = sketch(sequences)
    for number, sequence in enumerate(sequences):
        first = sketch([sequence])
        assert exact_duplicates(first, others).all()
        rest = others.take(np.array([i for i in range(7) if i != number]))
        assert not exact_duplicates(first, rest).any()


def test_the_same_shingles_in_another_order_are_near_but_not_exact():
    first, second = sketch([[7] * 9]), sketch([[7] * 20])
    assert near_duplicates(first, second).all()
    assert not exact_duplicates(first, second).any()


def test_short_sequences_are_compared_too():
    first, second = sketch([[1, 2], [1, 3], [7]]), sketch([[1, 2], [7]])
    assert near_duplicates(first, second).tolist() == [True, False, True]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=12), min_size=2),
    st.integers(1, 40),
    st.data(),
)
def test_blocks_change_nothing(sequences, block, data):
    cut = data.draw(st.integers(1, len(sequences) - 1))
    whole = sketch(sequences)
    rows = np.arange(len(sequences))
    first, second = whole.take(rows[:cut]), whole.take(rows[cut:])
    expected = near_duplicates(first, second)
    size = module._BLOCK
    module._BLOCK = block
    try:
        again = sketch(sequences)
        found = near_duplicates(first, second)
    finally:
        module._BLOCK = size
    for name in Sketches.__slots__:
        assert np.array_equal(getattr(whole, name), getattr(again, name))
    assert np.array_equal(expected, found)
    brute = [
        any(jaccard(a, b) >= 0.8 for b in sequences[cut:])
        for a in sequences[:cut]
    ]
    assert found.tolist() == brute


def test_sketches_of_parts_are_those_of_the_whole():
    random = np.random.default_rng(2)
    sequences = [random.integers(0, 9, size) for size in (3, 30, 1, 12)]
    parts = Sketches.concatenate([sketch(sequences[:1]), sketch(sequences[1:])])
    for name in Sketches.__slots__:
        whole = getattr(sketch(sequences), name)
        assert np.array_equal(getattr(parts, name), whole)
    empty = Sketches.concatenate([])
    assert len(empty) == 0
    assert not near_duplicates(parts, empty).any()
    assert len(near_duplicates(empty, parts)) == 0
