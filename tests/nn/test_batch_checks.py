"""Bad batches are refused before any kernel runs, naming both values."""

import pytest
import torch
from torch_geometric.data import Batch, Data

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.nn.batch_checks import check_batch


@pytest.fixture
def refused(make_model, monkeypatch):
    """Expect a refusal, without a call of the encoder or of H-GAT."""
    model = make_model()

    def fail(*args, **kwargs):
        raise AssertionError("a kernel ran")

    monkeypatch.setattr(model.graphmert, "_fuse", fail)
    monkeypatch.setattr(model.graphmert, "_encode", fail)

    def check(batch, message):
        for function in (model, model.graphmert, model.graphmert.embed):
            with pytest.raises(ValueError, match=message):
                function(batch)

    return check


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("input_ids", 30, r"below 30, vocab_size \(got 30\)"),
        ("input_ids", -1, r"not be negative \(got -1\)"),
        ("edge_type", 18, r"below 18, the number of edge types \(got 18\)"),
        ("edge_type", -1, r"not be negative \(got -1\)"),
        ("anchor", 39, r"below 39, the number of positions \(got 39\)"),
        ("anchor", -2, r"not be negative \(got -2\)"),
        ("node_type", 2, r"below 2, roots and leaves \(got 2\)"),
        ("node_type", -1, r"not be negative \(got -1\)"),
        ("slot", -1, r"not be negative \(got -1\)"),
        ("triple", -3, r"not be negative \(got -3\)"),
        ("edge_index", 5, r"below 5, the number of nodes \(got 5\)"),
        ("edge_index", -1, r"not be negative \(got -1\)"),
    ],
)
def test_values_out_of_range(graphs, refused, name, value, message):
    graph = graphs[1]
    graph[name].view(-1)[0] = value
    refused(graph, rf"'{name}' must (be )?{message}")


def test_a_graph_longer_than_the_positions(refused):
    long = ChainGraph.from_triples([5] * 40, [])
    refused(long, r"'anchor' must be below 39.*positions \(got 39\)")


@pytest.mark.parametrize("dtype", [torch.int32, torch.float32])
@pytest.mark.parametrize(
    "name",
    ["input_ids", "node_type", "anchor", "slot", "triple", "edge_index"],
)
def test_other_types(graphs, refused, name, dtype):
    graphs[1][name] = graphs[1][name].to(dtype)
    refused(graphs[1], rf"'{name}' must be torch.int64 \(got {dtype}\)")


def test_other_shapes(graphs, refused):
    graphs[0].slot = graphs[0].slot[:-1]
    refused(graphs[0], r"'slot' must have shape \(11,\) \(got \(10,\)\)")
    graphs[1].edge_index = graphs[1].edge_index[:, :-1]
    refused(graphs[1], r"'edge_index' must have shape \(2, 2\) \(got \(2, 1")


def test_missing_attributes(graphs, refused):
    del graphs[1].slot
    refused(graphs[1], r"'batch' must have 'slot' \(got \['anchor'")


def test_no_tensors(graphs, refused):
    graphs[1].edge_type = [4, 4]
    refused(graphs[1], r"'edge_type' must be torch.int64 \(got <class 'list'>")


def test_missing_tokens(graphs, refused):
    graphs[1].labels = graphs[1].input_ids
    del graphs[1].input_ids
    refused(graphs[1], r"'batch' must have 'input_ids' \(got \['anchor'")


@pytest.mark.parametrize("attention", ["eager", "flex"])
def test_anchors_beyond_the_graph(graphs, make_model, attention):
    # There is such a position, but no such root, nor a decay so far away.
    graphs[1].anchor[3] = 20
    batch = Batch.from_data_list(graphs)
    with pytest.raises(
        ValueError, match=r"'anchor' must be below 5, the num.*"
    ):
        make_model(attention=attention)(batch)


@pytest.mark.parametrize(
    ("vector", "message"),
    [
        ([0] * 10 + [3] * 8, r"below 3, the number of graphs \(got 3\)"),
        ([-1] * 18, r"not be negative \(got -1\)"),
        ([0] * 3, r"have shape \(18,\) \(got \(3,\)\)"),
        ([0.0] * 18, r"be torch.int64 \(got torch.float32\)"),
    ],
)
def test_vectors_of_graphs(graphs, refused, vector, message):
    batch = Batch.from_data_list(graphs)
    batch.batch = torch.tensor(vector)
    refused(batch, rf"'batch' must (be )?{message}")


def test_data_with_a_vector_of_graphs(graphs, make_model):
    batch = Batch.from_data_list(graphs)
    data = Data(**dict(batch))
    model = make_model()
    assert torch.equal(model(data).logits, model(batch).logits)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("labels", 30, r"below 30, vocab_size \(got 30\)"),
        ("labels", -5, r"not be negative \(got -5\)"),
        ("edge_label", 12, r"below 12, the number of relations \(got 12\)"),
        ("edge_label", -1, r"not be negative \(got -1\)"),
    ],
)
def test_labels_out_of_range(labelled, make_model, name, value, message):
    labelled[name][0] = value
    with pytest.raises(ValueError, match=rf"'{name}' must (be )?{message}"):
        make_model()(labelled)


@pytest.mark.parametrize("name", ["labels", "edge_label"])
def test_other_labels(labelled, make_model, name):
    batch, model = labelled.clone(), make_model()
    batch[name] = batch[name][:1]
    with pytest.raises(
        ValueError, match=rf"'{name}' must have shape .*got \(1"
    ):
        model(batch)
    labelled[name] = labelled[name].float()
    with pytest.raises(ValueError, match=rf"'{name}' must be torch.int64"):
        model(labelled)


def test_no_nodes(refused):
    empty = ChainGraph.from_triples([5], []).subgraph(torch.zeros(1) > 0)
    refused(empty, r"'batch' must have nodes \(got none\)")


def test_edges_between_graphs(graphs, refused):
    batch = Batch.from_data_list(graphs)
    batch.edge_index[0, 0] = 12
    refused(batch, r"'edge_index' must link nodes of the same.*\(got 1 edges")


def test_graphs_out_of_order(graphs, refused):
    batch = Batch.from_data_list(graphs)
    batch.edge_index = batch.edge_index[:, :0]
    batch.edge_type = batch.edge_type[:0]
    batch.batch = batch.batch.flip(0)
    refused(batch, r"'batch' must hold graphs one after the other \(got 2 no")


def test_one_synchronisation(labelled, make_config, monkeypatch):
    # `tolist`, `item` and tests of truth are where the host waits.
    calls = []
    for name in ("tolist", "item", "__bool__", "__int__"):
        method = getattr(torch.Tensor, name)

        def counted(self, name=name, method=method):
            calls.append(name)
            return method(self)

        monkeypatch.setattr(torch.Tensor, name, counted)
    check_batch(labelled, labelled.batch, 3, make_config(), 39)
    assert calls == ["tolist"]
