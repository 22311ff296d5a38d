"""What `experiments/benchmark_model.py` compares is the same model."""

import pytest
import torch
from torch_geometric.data import Batch

from gmert_pyg.nn import modeling_graphmert
from gmert_pyg.nn.dense_batch import DenseBatch


class FixedLength(DenseBatch):
    """Every graph padded to 1024 places."""

    def __init__(self, batch, num_graphs, length):
        super().__init__(batch, num_graphs, 1024)


@pytest.mark.parametrize("decay_mode", ["multiply", "bias"])
def test_1024_places_a_graph_change_nothing(
    make_model, labelled, decay_mode, monkeypatch
):
    model = make_model(decay_mode=decay_mode, hidden_size=32)
    results = []
    for layout in (DenseBatch, FixedLength):
        monkeypatch.setattr(modeling_graphmert, "DenseBatch", layout)
        model.zero_grad()
        out = model(labelled)
        out.loss.backward()
        gradients = {
            name: parameter.grad
            for name, parameter in model.named_parameters()
            if parameter.grad is not None
        }
        results.append((out.loss, out.last_hidden_state, gradients))
    torch.testing.assert_close(*results, rtol=1e-5, atol=1e-5)


def test_bf16_autocast_is_close_to_float32(make_model, graphs):
    model, batch = make_model(), Batch.from_data_list(graphs)
    exact = model(batch).last_hidden_state
    with torch.autocast("cpu", torch.bfloat16):
        cast = model(batch).last_hidden_state
    assert (exact - cast).abs().max() < 0.1
    assert torch.nn.functional.cosine_similarity(exact, cast).min() > 0.999
