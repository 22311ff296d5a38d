import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gmert_pyg import GraphMertTokenizer
from gmert_pyg.tokenization.word_boundaries import word_tokenizer

CODE = "self._run(x)\ndef __init__(self, _a):\n    self.__dict__[_a] = a_b()\n"


@pytest.fixture(scope="module")
def like_gpt2(train_like_gpt2):
    """A tokenizer that joins underscores to punctuation, as GPT-2's does."""
    return train_like_gpt2(CODE, vocab_size=400)


def crossing(backend, text):
    """Return the tokens that hold a part of a word and something else."""
    encoding = backend.encode(text, add_special_tokens=False)
    pieces = [text[start:end] for start, end in encoding.offsets]
    return [p for p in pieces if re.search(r"\w[^\w]|[^\w\s]\w", p)]


def test_a_tokenizer_that_joins_words_to_punctuation_is_made_to_stop(like_gpt2):
    assert crossing(like_gpt2.backend_tokenizer, CODE)
    backend = word_tokenizer(like_gpt2)
    assert not crossing(backend, CODE)
    # The vocabulary stays, and so do tokens that begin with a space.
    assert backend.get_vocab() == like_gpt2.get_vocab()
    tokens = backend.encode(CODE).tokens
    assert any(token.startswith("Ġ") and len(token) > 1 for token in tokens)
    assert crossing(like_gpt2.backend_tokenizer, CODE)  # as it was


def test_ours_is_used_as_it_is():
    tokenizer = GraphMertTokenizer.default()
    assert word_tokenizer(tokenizer) is tokenizer.backend_tokenizer


@given(st.text(alphabet="ab_ .()é日\n\t=[", max_size=30))
@settings(max_examples=100, deadline=None)
def test_nothing_is_lost(like_gpt2, text):
    backend = word_tokenizer(like_gpt2)
    assert backend.decode(backend.encode(text).ids) == text
