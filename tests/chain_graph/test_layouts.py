import pytest
import torch

from gmert_pyg.data.chain_graph import ChainGraph


@pytest.fixture
def dense():
    graphs = [
        ChainGraph.from_triples(
            [5, 6, 7], [(0, 2, 3, [8, 9]), (2, 1, 1, [10])]
        ),
        ChainGraph.from_triples([11, 12], []),
    ]
    return ChainGraph.to_dense(graphs, 4, 2)._asdict()


@pytest.fixture
def padded():
    graph = ChainGraph.from_triples(
        [5, 6, 7], [(0, 1, 3, [8, 9]), (0, 1, 0, [10]), (2, 1, 1, [11])]
    )
    return ChainGraph.to_padded([graph], 4, 3)._asdict()


def test_dense_by_hand(dense):
    assert dense["input_nodes"][0].tolist() == [
        *(5, 6, 7, 0),
        *(8, 9, 0, 0, 10, 0, 0, 0),
    ]
    assert dense["leaf_relationships"].tolist() == [[3, 0, 1, 0], [0, 0, 0, 0]]
    assert dense["head_lengths"].tolist() == [[2, 0, 1, 0], [0, 0, 0, 0]]
    first, second = ChainGraph.from_dense(**dense, num_roots=4)
    assert first.input_ids.tolist() == [5, 6, 7, 8, 9, 10]
    assert first.triple.tolist() == [0, 0, 0, 1, 1, 2]
    assert sorted(zip(*first.edge_index.tolist(), strict=True)) == [
        *((0, 3), (0, 4), (1, 3), (1, 4)),
        (2, 5),
    ]
    assert second.edge_type.tolist() == []


def test_dense_round_trip(dense):
    graphs = ChainGraph.from_dense(**dense, num_roots=4)
    again = ChainGraph.to_dense(graphs, 4, 2)
    for name, value in again._asdict().items():
        assert torch.equal(value, dense[name]), name


def test_padded_by_hand(padded):
    assert padded["relation_ids"][0].tolist() == [
        [3, 3, 0],
        [-1, -1, -1],
        [1, -1, -1],
        [-1, -1, -1],
    ]
    assert padded["graph_structure"][0, 0].tolist() == [0, 0, 1]
    (graph,) = ChainGraph.from_padded(**padded)
    assert graph.input_ids.tolist() == [5, 6, 7, 8, 9, 10, 11]
    assert graph.triple.tolist() == [0, 0, 0, 1, 1, 2, 3]
    assert graph.slot.tolist() == [0, 0, 0, 1, 2, 1, 1]
    assert graph.edge_index.tolist() == [[0, 0, 0, 2], [3, 4, 5, 6]]
    assert graph.edge_type.tolist() == [3, 3, 0, 1]


def test_padded_round_trip(padded):
    again = ChainGraph.to_padded(ChainGraph.from_padded(**padded), 4, 3)
    for name, value in again._asdict().items():
        assert torch.equal(value, padded[name]), name


def test_padded_round_trip_with_structure_of_leaves(padded):
    place = torch.arange(12).view(1, 4, 3) + 4
    exists = padded["relation_ids"] >= 0
    padded["graph_structure"] = torch.where(exists, place, -1)
    (graph,) = ChainGraph.from_padded(**padded)
    assert graph.triple.tolist() == [0, 0, 0, 1, 2, 3, 4]
    again = ChainGraph.to_padded([graph], 4, 3)
    for name, value in again._asdict().items():
        assert torch.equal(value, padded[name]), name


def test_absent_edges_stay_absent(padded):
    padded["relation_ids"][0, 2, 0] = -1
    (graph,) = ChainGraph.from_padded(**padded)
    assert graph.num_nodes == 7
    assert graph.edge_index.tolist() == [[0, 0, 0], [3, 4, 5]]
    assert all((value >= 0).all() for _, value in graph)
    again = ChainGraph.to_padded([graph], 4, 3)
    assert torch.equal(again.relation_ids, padded["relation_ids"])


def test_sizes_of_the_port():
    ids = torch.ones(1, 1024, dtype=torch.long)
    mask = torch.zeros_like(ids)
    ids[0, [0, 1, 128 + 7, 128 + 8]] = torch.tensor([5, 6, 7, 8])
    mask[0, [0, 1, 128 + 7, 128 + 8]] = 1
    structure = torch.full((1, 128, 7), -1)
    structure[0, 1, :2] = torch.tensor([3, 4])
    relation = torch.full((1, 128, 7), -1)
    relation[0, 1, :2] = 0
    (graph,) = ChainGraph.from_padded(ids, mask, structure, relation)
    assert graph.input_ids.tolist() == [5, 6, 7, 8]
    assert graph.anchor.tolist() == [0, 1, 1, 1]
    back = ChainGraph.to_padded([graph])
    assert torch.equal(back.input_ids, ids)
    assert torch.equal(back.attention_mask, mask)
    assert torch.equal(back.graph_structure, structure)
    assert torch.equal(back.relation_ids, relation)


@pytest.mark.parametrize(
    ("name", "index", "value"),
    [
        ("input_nodes", (0, 0), -1),
        ("attention_mask", (0, 0), 2),
        ("attention_mask", (0, 1), 0),
        ("attention_mask", (0, 4), 0),
        ("attention_mask", (0, 10), 1),
        ("leaf_relationships", (0, 0), -1),
        ("leaf_relationships", (0, 1), 2),
        ("head_lengths", (0, 0), 0),
        ("head_lengths", (0, 0), 4),
        ("head_lengths", (0, 3), 1),
    ],
)
def test_bad_dense(dense, name, index, value):
    dense[name][index] = value
    with pytest.raises(ValueError, match=rf"'{name}' must .*\(got "):
        ChainGraph.from_dense(**dense, num_roots=4)


@pytest.mark.parametrize(
    ("name", "index", "value"),
    [
        ("input_ids", (0, 0), -1),
        ("attention_mask", (0, 4), 0),
        ("graph_structure", (0, 0, 0), -2),
        ("graph_structure", (0, 0, 0), -1),
        ("relation_ids", (0, 1, 0), 0),
        ("relation_ids", (0, 0, 0), -2),
    ],
)
def test_bad_padded(padded, name, index, value):
    padded[name][index] = value
    with pytest.raises(ValueError, match=rf"'{name}' must .*\(got "):
        ChainGraph.from_padded(**padded)


@pytest.mark.parametrize("name", ["attention_mask", "head_lengths"])
def test_bad_dense_shapes(dense, name):
    dense[name] = dense[name][:, 1:]
    with pytest.raises(ValueError, match=f"'{name}' must be of shape"):
        ChainGraph.from_dense(**dense, num_roots=4)


@pytest.mark.parametrize(
    "name", ["input_ids", "attention_mask", "graph_structure", "relation_ids"]
)
def test_bad_padded_shapes(padded, name):
    wrong = padded | {name: padded[name].flatten()}
    with pytest.raises(ValueError, match=f"'{name}' must be of shape"):
        ChainGraph.from_padded(**wrong)


@pytest.mark.parametrize("name", ["input_ids", "relation_ids"])
def test_bad_padded_types(padded, name):
    wrong = padded | {name: padded[name].float()}
    with pytest.raises(ValueError, match=f"'{name}' must hold integers"):
        ChainGraph.from_padded(**wrong)


def test_what_does_not_fit():
    wide = ChainGraph.from_triples([5, 6], [(0, 2, 1, [7, 8])])
    with pytest.raises(ValueError, match=r"'num_roots'.*2 \(got 1\)"):
        ChainGraph.to_dense([wide], 1, 2)
    with pytest.raises(ValueError, match=r"'leaves_per_root'.*2 \(got 1\)"):
        ChainGraph.to_dense([wide], 2, 1)
    with pytest.raises(ValueError, match=r"one root each \(got .* 2 roots"):
        ChainGraph.to_padded([wide])
    twice = ChainGraph.from_triples([5], [(0, 1, 1, [6]), (0, 1, 2, [7])])
    with pytest.raises(ValueError, match="'graphs' must have at most one"):
        ChainGraph.to_dense([twice], 1, 2)
