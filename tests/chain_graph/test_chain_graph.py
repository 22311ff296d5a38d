import pytest
import torch
from torch_geometric.data import Batch

from gmert_pyg.data.chain_graph import ChainGraph


@pytest.fixture
def graph():
    return ChainGraph.from_triples(
        [5, 6, 7],
        [(0, 2, 3, [8, 9]), (0, 1, 1, [10])],
        occurrences=[(2, 0, 13)],
        word_start=[True, False, True],
        path="a.py",
        line_start=4,
        root_span=torch.tensor([[0, 1], [1, 2], [2, 3]]),
        source_index=torch.tensor([[2], [5]]),
    )


def test_from_triples(graph):
    assert graph.input_ids.tolist() == [5, 6, 7, 8, 9, 10]
    assert graph.node_type.tolist() == [0, 0, 0, 1, 1, 1]
    assert graph.anchor.tolist() == [0, 1, 2, 0, 0, 0]
    assert graph.slot.tolist() == [0, 0, 0, 1, 2, 1]
    assert graph.triple.tolist() == [0, 0, 0, 1, 1, 2]
    assert graph.edge_index.tolist() == [[0, 0, 1, 1, 0, 2], [3, 4, 3, 4, 5, 0]]
    assert graph.edge_type.tolist() == [3, 3, 3, 3, 1, 13]
    assert graph.word_start.tolist() == [True, False, True, *[False] * 3]
    assert (graph.num_roots, graph.num_leaves, graph.num_triples) == (3, 3, 2)
    assert graph.validate(num_relations=12, vocab_size=11)


def test_batch_of_unequal_graphs(graph):
    other = ChainGraph.from_triples(
        [1],
        [(0, 1, 2, [2, 3, 4])],
        path="b.py",
        line_start=1,
        root_span=torch.tensor([[0, 9]]),
        source_index=torch.tensor([[0, 0], [1, 2]]),
    )
    batch = Batch.from_data_list([graph, other])
    assert batch.edge_index[:, -3:].tolist() == [[6, 6, 6], [7, 8, 9]]
    assert batch.source_index.tolist() == [[2, 6, 6], [5, 7, 8]]
    assert batch.anchor.tolist() == [0, 1, 2, 0, 0, 0, 0, 0, 0, 0]
    assert batch.slot[-4:].tolist() == [0, 1, 2, 3]
    assert batch.triple[-4:].tolist() == [0, 1, 1, 1]
    assert batch.root_span.shape == (4, 2)
    assert batch.path == ["a.py", "b.py"]
    assert batch.line_start.tolist() == [4, 1]
    assert (batch.num_roots, batch.num_leaves, batch.num_triples) == (4, 6, 3)
    for one, back in zip([graph, other], batch.to_data_list(), strict=True):
        for name, value in one:
            if isinstance(value, torch.Tensor):
                assert torch.equal(back[name], value), name


def test_no_triples():
    graph = ChainGraph.from_triples([5, 6], [])
    assert graph.edge_index.shape == (2, 0)
    assert graph.num_triples == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("input_ids", [5, 6, 7, 8, 9, -1]),
        ("input_ids", [5, 6, 7, 8, 9, 11]),
        ("node_type", [0, 1, 0, 1, 1, 1]),
        ("node_type", [0, 0, 2, 1, 1, 1]),
        ("anchor", [0, 2, 1, 0, 0, 0]),
        ("anchor", [0, 1, 2, 0, 0, 3]),
        ("slot", [0, 1, 0, 1, 2, 1]),
        ("triple", [0, 0, 0, 2, 2, 1]),
        ("triple", [0, 0, 0, 1, 1, 1]),
        ("triple", [0, 0, 0, 1, 1]),
        ("edge_index", [[0, 0, 1, 1, 0, 2], [3, 4, 3, 4, 6, 0]]),
        ("edge_index", [[0, 0, 1, 1, 4, 2], [3, 4, 3, 4, 5, 0]]),
        ("edge_type", [3, 3, 3, 3, 1]),
        ("edge_type", [3, 3, 3, 3, -1, 13]),
        ("edge_type", [3, 3, 3, 3, 13, 13]),
        ("edge_type", [3, 3, 3, 3, 1, 1]),
        ("word_start", [True, True, True, True, False, False]),
        ("root_span", [[0, 1]]),
        ("source_index", [[0, 9]]),
    ],
)
def test_validate_names_what_is_wrong(graph, name, value):
    graph[name] = torch.tensor(value)
    with pytest.raises(ValueError, match=rf"'{name}' .*\(got "):
        graph.validate(num_relations=12, vocab_size=11)


def test_bad_triples():
    with pytest.raises(ValueError, match=r"'triples'.*start 1 and length 2"):
        ChainGraph.from_triples([5, 6], [(1, 2, 0, [7])])
    with pytest.raises(ValueError, match="'triples' must have tails"):
        ChainGraph.from_triples([5, 6], [(1, 1, 0, [])])
