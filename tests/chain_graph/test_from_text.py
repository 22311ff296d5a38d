import pytest

from gmert_pyg import ChainGraph, GraphMertTokenizer

TOKENIZER = GraphMertTokenizer.default()


def test_a_text_is_a_chain_of_its_tokens():
    graph = ChainGraph.from_text("half of  the_value", TOKENIZER)
    graph.validate()
    assert graph.num_leaves == graph.num_edges == 0
    assert TOKENIZER.decode(graph.input_ids) == "halfofthe_value"
    assert graph.anchor.tolist() == list(range(graph.num_roots))


def test_words_are_cut_as_in_code():
    text = ChainGraph.from_text("return self", TOKENIZER)
    code = ChainGraph.from_source("def f(self):\n    return self\n", TOKENIZER)
    roots = code.input_ids[code.node_type == 0].tolist()
    pair = text.input_ids.tolist()
    assert pair in [roots[i : i + len(pair)] for i in range(len(roots))]


def test_the_default_tokenizer():
    graph = ChainGraph.from_text("read a file")
    expected = ChainGraph.from_text("read a file", TOKENIZER)
    assert graph.input_ids.tolist() == expected.input_ids.tolist()


def test_max_length_keeps_the_first_tokens():
    whole = ChainGraph.from_text("read a file", TOKENIZER)
    cut = ChainGraph.from_text("read a file", TOKENIZER, max_length=2)
    assert cut.input_ids.tolist() == whole.input_ids[:2].tolist()
    assert cut.word_start.tolist() == whole.word_start[:2].tolist()


@pytest.mark.parametrize("text", ["", "   "])
def test_no_tokens(text):
    with pytest.raises(ValueError, match="'text' must have tokens"):
        ChainGraph.from_text(text, TOKENIZER)


def test_max_length_must_be_positive():
    with pytest.raises(ValueError, match=r"'max_length' .* \(got 0\)"):
        ChainGraph.from_text("a", TOKENIZER, max_length=0)
