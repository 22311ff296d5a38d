from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import pre_tokenizers

from gmert_pyg import GraphMertTokenizer
from gmert_pyg.tokenization import word_encoding
from gmert_pyg.tokenization.word_encoding import WordEncoder

CODE = 'class A:\n\tdef f(self, a_b=1):\r\n\n        return "x" + self.f\n'


@pytest.fixture(scope="module")
def tokenizer():
    return GraphMertTokenizer.default()


@pytest.fixture(scope="module")
def encoder(tokenizer):
    return WordEncoder(tokenizer)


def as_lists(tokens):
    return [column.tolist() for column in tokens]


def expected(tokenizer, text):
    encoding = tokenizer.backend_tokenizer.encode(
        text, add_special_tokens=False
    )
    words = [-1, *encoding.word_ids]
    return [
        encoding.ids,
        [start for start, _ in encoding.offsets],
        [end for _, end in encoding.offsets],
        [word != last for last, word in pairwise(words)],
    ]


@given(st.text(alphabet="abé_1 .()\n\r\t\f\v\x1c<pad>日", max_size=40))
@example(CODE)
@example("")
@example("a\r\r\n\v \n b\f")
@example("x = '<mask>'")
@settings(max_examples=300, deadline=None)
def test_tokens_are_those_of_the_tokenizer(tokenizer, encoder, text):
    assert as_lists(encoder.encode(text)) == expected(tokenizer, text)
    # Again, when all words are known.
    assert as_lists(encoder.encode(text)) == expected(tokenizer, text)


def test_words_of_code_are_known_after_they_were_seen(encoder, monkeypatch):
    encoder.encode(CODE)
    monkeypatch.setattr(encoder, "backend", None)
    assert len(encoder.encode(CODE + CODE).ids) > 40


def test_words_that_are_many_are_forgotten(tokenizer, monkeypatch):
    monkeypatch.setattr(word_encoding, "_MAX_KNOWN", 3)
    encoder = WordEncoder(tokenizer)
    for text in ("a b", CODE, "c"):
        assert as_lists(encoder.encode(text)) == expected(tokenizer, text)
    assert set(encoder._known) == {"c"}


def test_a_tokenizer_with_other_words_is_asked_each_time():
    tokenizer = GraphMertTokenizer.default()
    backend = tokenizer.backend_tokenizer
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(
        add_prefix_space=False, use_regex=True
    )
    encoder = WordEncoder(tokenizer)
    assert not encoder.is_word_by_word("return value")
    tokens = encoder.encode("return value")
    # There, a space is the start of the word after it.
    assert tokens.start.tolist() == [0, 6, 7]
    assert tokens.word_start.tolist() == [True, True, False]
