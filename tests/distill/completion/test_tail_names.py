"""Names by length, and what may follow their beginnings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gmert_pyg import GraphMertTokenizer
from gmert_pyg.data.root_tokens import tail_tokens
from gmert_pyg.distill.completion.tail_names import TailNames

NAMES = st.lists(
    st.lists(st.integers(0, 4), min_size=1, max_size=3), min_size=1
)


@given(NAMES, st.lists(st.integers(0, 4), max_size=2))
def test_what_follows_is_what_some_name_has(names, prefix):
    found = TailNames(names)
    assert len(found) == len({tuple(name) for name in names})
    for length in range(len(prefix) + 1, 4):
        expected = {
            name[len(prefix)]
            for name in names
            if len(name) == length and name[: len(prefix)] == prefix
        }
        assert found.following(length, prefix).tolist() == sorted(expected)


@given(NAMES, st.lists(st.integers(0, 4), max_size=3))
def test_names_are_members(names, name):
    assert (name in TailNames(names)) == (name in names)


@given(NAMES, st.lists(st.integers(-1, 4), min_size=1, max_size=3))
def test_names_match_at_given_places(names, wanted):
    expected = {
        tuple(name)
        for name in names
        if len(name) == len(wanted)
        and all(w in (-1, n) for n, w in zip(name, wanted, strict=True))
    }
    matching = TailNames(names).matching(len(wanted), wanted)
    assert [tuple(name) for name in matching.tolist()] == sorted(expected)


def test_texts_are_tokenized_as_tails():
    tokenizer = GraphMertTokenizer.default()
    names = TailNames.of_texts(["read_all", "x", "read_all"], tokenizer)
    assert len(names) == 2
    for tokens in tail_tokens(["read_all", "x"], tokenizer):
        assert tokens in names.of_length(len(tokens)).tolist()


def test_names_have_tokens():
    with pytest.raises(ValueError, match=r"'names' .* \(got an empty name\)"):
        TailNames([[5], []])


def test_there_may_be_no_name():
    names = TailNames([])
    assert (len(names), names.lengths) == (0, ())
    assert names.following(2, [5]).tolist() == []
