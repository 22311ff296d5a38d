import pytest
import torch
from torch import nn

from gmert_pyg import ChainGraph
from gmert_pyg.nn.residual_start import damp_residual_branches


def test_a_damped_layer_is_nearly_the_identity(tiny_model):
    backbone = tiny_model.graphmert.backbone
    (layer,) = backbone.encoder.layer
    x = torch.nn.functional.layer_norm(torch.randn(1, 6, 32), [32])
    layer.eval()

    @torch.no_grad()
    def moved() -> float:
        attended = layer.attention.output(layer.attention.self.value(x), x)
        y = layer.output(layer.intermediate(attended), attended)
        return float((y - x).norm())

    before = moved()
    assert damp_residual_branches(backbone, 1e-3) == 2
    assert moved() < before / 100


def test_only_the_last_weights_of_branches_change(tiny_model):
    before = {
        name: weight.clone() for name, weight in tiny_model.named_parameters()
    }
    damp_residual_branches(tiny_model.graphmert.backbone, 0.5)
    changed = {
        name.partition("layer.0.")[2]
        for name, weight in tiny_model.named_parameters()
        if not torch.equal(weight, before[name])
    }
    assert changed == {"attention.output.dense.weight", "output.dense.weight"}


def test_a_damped_model_still_learns_every_weight(tiny_model):
    damp_residual_branches(tiny_model.graphmert.backbone, 0.1)
    graph = ChainGraph.from_triples([5, 2, 7], [(0, 2, 3, [2, 9])])
    graph.labels = torch.tensor([-100, 6, -100, 8, -100])
    tiny_model(graph).loss.backward()
    for name, weight in tiny_model.graphmert.backbone.named_parameters():
        if "encoder" in name and not name.endswith("key.bias"):
            assert weight.grad is not None, name
            assert bool(weight.grad.any()), name


@pytest.mark.parametrize("scale", [0.0, -1.0, 1.5, float("nan")])
def test_a_scale_that_is_none(tiny_model, scale):
    with pytest.raises(ValueError, match=r"'scale' must be .* \(got"):
        damp_residual_branches(tiny_model.graphmert.backbone, scale)


def test_another_family_is_refused():
    with pytest.raises(
        ValueError, match=r"'encoder' must be .* \(got Linear\)"
    ):
        damp_residual_branches(nn.Linear(2, 2), 0.5)
