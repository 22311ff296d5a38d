"""One program for all layers, batches and numbers of targets."""

import pytest
import torch
from torch._dynamo.utils import counters
from torch_geometric.data import Batch

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.training.compilation import compile_layers


def make_batch(sizes):
    """Return unequal graphs with labels, and edges between roots."""
    graphs = []
    for size in sizes:
        graph = ChainGraph.from_triples(
            [5 + place % 20 for place in range(size)],
            [(root, 1, root % 12, [7, 8]) for root in range(0, size, 3)],
            occurrences=[(size - 1, 0, 13)],
        )
        graph.labels = graph.input_ids.clone()
        graph.labels[size // 2 :] = -100
        graph.edge_label = torch.full_like(graph.edge_type, -100)
        graphs.append(graph)
    return Batch.from_data_list(graphs)


def test_layers_compile_once(make_model, flex_gradients):
    choices = {"num_hidden_layers": 3, "occurrence": "bias"}
    batches = [make_batch(sizes) for sizes in ([20, 9], [3], [9, 2, 30, 8])]
    padded = make_model(**choices)
    expected = [padded(batch).loss.item() for batch in batches]
    model = make_model(attention="flex", token_budget=128, **choices)
    torch._dynamo.reset()
    counters.clear()
    # Tracing is what could happen again; how it is then compiled is not.
    assert compile_layers(model.graphmert, backend="eager") == 3
    for batch, loss in zip(batches, expected, strict=True):
        out = model(model.graphmert.index_batch(batch))
        out.loss.backward()
        assert out.loss.item() == pytest.approx(loss, rel=1e-4)
    assert counters["stats"]["unique_graphs"] == 1
    assert model.graphmert.decay_offset.grad.abs().min() > 0
    torch._dynamo.reset()
