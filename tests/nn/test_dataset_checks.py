"""A dataset of another tokenizer or schema than the model's."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import PreTrainedTokenizerFast

from gmert_pyg.schema import DEFAULT_SCHEMA, EXTENDED_SCHEMA
from gmert_pyg.tokenization import tokenizer_hash


def tokenizer(number, first="<a>"):
    words = [first, *(str(word) for word in range(number - 1))]
    model = WordLevel({word: i for i, word in enumerate(words)}, first)
    return PreTrainedTokenizerFast(tokenizer_object=Tokenizer(model))


def dataset(tokenizer, schema=DEFAULT_SCHEMA):
    return SimpleNamespace(tokenizer=tokenizer, schema=schema)


def test_the_same_tokenizer(tmp_path, make_model):
    mine, other = tokenizer(30), tokenizer(30, first="<b>")
    known = tokenizer_hash(mine)
    model = make_model(tokenizer_hash=known)
    model.check_dataset(dataset(mine))
    model.save_pretrained(tmp_path)
    model = type(model).from_pretrained(tmp_path)
    model.graphmert.check_dataset(dataset(mine))
    for another in (other, tokenizer(29)):
        found, number = tokenizer_hash(another), len(another)
        with pytest.raises(
            ValueError,
            match=rf"'{found}'.* {number} tokens.*\(got '{known}', 30 tok",
        ):
            model.check_dataset(dataset(another))


def test_an_unknown_tokenizer_must_have_as_many_tokens(make_model):
    model = make_model()
    model.check_dataset(dataset(tokenizer(30)))
    for number in (29, 31):
        with pytest.raises(
            ValueError, match=rf"'model'.* {number} tokens \(got 30\)"
        ):
            model.check_dataset(dataset(tokenizer(number)))


def test_another_schema(make_model):
    with pytest.raises(
        ValueError, match=r"schema 'extended', version 1.*\(got 'code', version"
    ):
        make_model().check_dataset(dataset(tokenizer(30), EXTENDED_SCHEMA))


def test_another_schema_of_the_same_name(make_model):
    cut = replace(DEFAULT_SCHEMA, occurrences=("last_use",))
    with pytest.raises(
        ValueError, match=r"version 1, of .*last_use \(got .*last_use, last_wr"
    ):
        make_model().check_dataset(dataset(tokenizer(30), cut))


def test_a_model_without_a_schema(make_model):
    model = make_model(num_relations=7)
    with pytest.raises(
        ValueError, match=r"version 1, 12 relations \(got 7 relations\)"
    ):
        model.check_dataset(dataset(tokenizer(30)))
