from itertools import pairwise

import pytest

from gmert_pyg import GraphMertTokenizer
from gmert_pyg.data.root_tokens import root_tokens
from gmert_pyg.tokenization.identifier_parts import (
    GOES_ON,
    NONE,
    identifier_parts,
)

CODE = "def some_name1(x, _y2):\n    return x + some_name1[_y2]\n"


@pytest.fixture(scope="module")
def like_gpt2(train_like_gpt2):
    """A tokenizer that makes four words of `some_name1`, as GPT-2's does."""
    return train_like_gpt2(CODE, vocab_size=300)


def test_words_of_ours_are_identifiers():
    assert identifier_parts(GraphMertTokenizer.default()) is None


def test_the_parts_of_identifiers_are_joined(like_gpt2):
    parts = identifier_parts(like_gpt2)
    roots = root_tokens(CODE, like_gpt2)
    part = parts[roots.ids]
    opens = roots.word_start.copy()
    opens[1:] &= (part[1:] != GOES_ON) | (part[:-1] == NONE)
    first = [*opens.nonzero()[0].tolist(), len(opens)]
    words = {
        CODE[roots.start[a] : roots.end[b - 1]].strip()
        for a, b in pairwise(first)
    }
    assert {"some_name1", "x", "_y2", "def", "return"} <= words
    assert not {"some", "name", "_", "1", "y"} & words
