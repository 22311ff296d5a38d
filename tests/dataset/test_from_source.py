import pytest
import torch

from gmert_pyg import ChainGraph, GraphMertTokenizer
from gmert_pyg.data.grafted_triples import grafted_triples
from gmert_pyg.schema import DEFAULT_SCHEMA

CODE = """def add(first, second: int) -> int:
    total = first + second
    return total
"""


def test_a_snippet_by_hand():
    tokenizer = GraphMertTokenizer.default()
    graph = ChainGraph.from_source(CODE, tokenizer)
    graph.validate(DEFAULT_SCHEMA.num_relations, len(tokenizer))
    roots = tokenizer.decode(graph.input_ids[: graph.num_roots])
    # The chain is the text without the spaces between tokens of a line.
    assert roots.replace(" ", "") == CODE.replace(" ", "")
    assert roots.count("\n    ") == 2
    ids = graph.input_ids.tolist()
    found = {
        (
            tokenizer.decode(ids[t.first_root : t.first_root + t.num_roots]),
            DEFAULT_SCHEMA.relation_names[t.relation],
            tokenizer.decode(list(t.tail)),
        )
        for t in grafted_triples(graph)
    }
    assert ("first", "flows_to", "total") in found
    assert ("second", "has_type", "int") in found
    assert ("total", "flows_to", "first") not in found
    assert ("first", "has_type", "int") not in found


def test_the_same_code_gives_the_same_graph():
    first, second = (ChainGraph.from_source(CODE) for _ in range(2))
    assert all(
        torch.equal(value, second[name])
        for name, value in first
        if torch.is_tensor(value)
    )


def test_more_room_for_heads_gives_more_triples():
    few, many = (
        ChainGraph.from_source(CODE, max_triples_per_head=limit)
        for limit in (1, 9)
    )
    assert few.num_triples < many.num_triples
    assert torch.equal(
        few.input_ids[: few.num_roots], many.input_ids[: many.num_roots]
    )


@pytest.mark.parametrize("code", ["", " \n", "def f(:", "x = '\x00'"])
def test_code_that_cannot_be_read_is_refused(code):
    with pytest.raises(ValueError, match=r"<string>|'code'"):
        ChainGraph.from_source(code)
