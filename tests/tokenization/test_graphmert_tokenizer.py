import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from gmert_pyg import GraphMertTokenizer
from gmert_pyg.tokenization import tokenizer_hash, train_tokenizer

TOKENIZER = GraphMertTokenizer.default()


@given(st.text(max_size=60))
def test_any_text_comes_back(text):
    assert TOKENIZER.decode(TOKENIZER(text).input_ids) == text


@pytest.mark.parametrize("level", range(7))
def test_a_line_break_and_its_indentation_are_one_token(level):
    assert len(TOKENIZER.tokenize("\n" + "    " * level)) == 1


@pytest.mark.parametrize(
    "text", ["f(x)", "return x", "x=1", "a.x[0]", "\n    x", "'x'", "\tx"]
)
def test_an_identifier_has_the_same_token_wherever_it_stands(text):
    alone = TOKENIZER("x").input_ids
    assert len(alone) == 1
    assert alone[0] in TOKENIZER(text).input_ids


@given(st.from_regex(r"[A-Za-z_][A-Za-z_0-9]{0,20}", fullmatch=True))
def test_no_token_crosses_an_identifier(name):
    inside = TOKENIZER(f"({name})").input_ids
    alone = TOKENIZER(name).input_ids
    assert any(inside[i : i + len(alone)] == alone for i in range(len(inside)))


def test_saved_tokenizer_is_the_same(tmp_path):
    TOKENIZER.save_pretrained(tmp_path)
    loaded = GraphMertTokenizer.from_pretrained(tmp_path)
    assert tokenizer_hash(loaded) == tokenizer_hash(TOKENIZER)
    assert loaded.mask_token_id == TOKENIZER.mask_token_id
    assert isinstance(loaded, PreTrainedTokenizerFast)
    auto = AutoTokenizer.from_pretrained(tmp_path)
    assert auto("def f(x):").input_ids == TOKENIZER("def f(x):").input_ids


def test_training_learns_frequent_words():
    texts = ["def spam(eggs):\n    return eggs\n"] * 20
    tokenizer = train_tokenizer(texts, vocab_size=300)
    assert tokenizer.tokenize("spam(eggs)") == ["spam", "(", "eggs", ")"]
    assert tokenizer_hash(tokenizer) != tokenizer_hash(TOKENIZER)


def test_too_small_a_vocabulary_is_refused():
    with pytest.raises(ValueError, match=r"'vocab_size' .* \(got 100\)"):
        train_tokenizer(["x"], vocab_size=100)
