import pytest
import torch
from torch import nn
from transformers import RobertaConfig, RobertaModel

from gmert_pyg.nn.attention import EAGER, SDPA, eager_attention, sdpa_attention

IMPLEMENTATIONS = [(EAGER, "multiply"), (EAGER, "bias"), (SDPA, "bias")]


@pytest.fixture
def tensors():
    torch.manual_seed(0)
    return torch.randn(3, 2, 2, 5, 4).unbind(0)


def test_ones_are_plain_attention(tensors):
    module = nn.Identity().eval()
    out, weights = eager_attention(
        module, *tensors, None, decay=torch.ones(2, 2, 5, 5)
    )
    plain = nn.functional.scaled_dot_product_attention(*tensors)
    torch.testing.assert_close(out, plain.transpose(1, 2))
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 2, 5))


def test_constant_decay_is_a_temperature(tensors):
    module = nn.Identity().eval()
    ours, _ = eager_attention(
        module, *tensors, None, decay=torch.full((2, 2, 5, 5), 0.5)
    )
    plain, _ = eager_attention(module, *tensors, None, scaling=0.25)
    torch.testing.assert_close(ours, plain)


def test_padded_keys_get_exactly_zero(tensors):
    mask = torch.ones(2, 1, 1, 5, dtype=torch.bool)
    mask[1, ..., 3:] = False
    decay = torch.rand(2, 2, 5, 5)
    _, weights = eager_attention(
        nn.Identity().eval(), *tensors, mask, decay=decay
    )
    assert (weights[1, ..., 3:] == 0).all()
    assert (weights[0] > 0).all()


def test_sdpa_equals_eager(tensors):
    mask = torch.ones(2, 1, 1, 5, dtype=torch.bool)
    mask[1, ..., 3:] = False
    bias = torch.randn(2, 2, 5, 5)
    module = nn.Identity().eval()
    torch.testing.assert_close(
        sdpa_attention(module, *tensors, mask, decay_bias=bias)[0],
        eager_attention(module, *tensors, mask, decay_bias=bias)[0],
    )
    with pytest.raises(ValueError, match="'attn_implementation'"):
        sdpa_attention(module, *tensors, mask, decay=bias)


@pytest.mark.parametrize("name", [EAGER, SDPA])
def test_padding_mask_reaches_the_function(name):
    # The trap of an unregistered mask function: padding silently attended to.
    config = RobertaConfig(
        vocab_size=20,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        attn_implementation=name,
    )
    model = RobertaModel(config).eval()
    ids = torch.tensor([[5, 6, 7, 8]])
    mask = torch.tensor([[1, 1, 0, 0]])
    padded = model(ids, attention_mask=mask).last_hidden_state[:, :2]
    torch.testing.assert_close(padded, model(ids[:, :2]).last_hidden_state)


@pytest.mark.parametrize(("name", "mode"), IMPLEMENTATIONS)
def test_offset_gradient_equals_finite_differences(
    labelled, make_model, central_difference, name, mode
):
    model = make_model(decay_mode=mode, attn_implementation=name).double()
    offset = model.graphmert.decay_offset
    assert model.graphmert.backbone.config._attn_implementation == name
    (gradient,) = torch.autograd.grad(model(labelled).loss, offset)
    assert (gradient.abs() > 1e-6).all()
    for head in range(offset.numel()):
        difference = central_difference(
            lambda: model(labelled).loss.item(), offset, head
        )
        assert difference == pytest.approx(gradient[head].item(), rel=1e-4)


@pytest.mark.parametrize(("name", "mode"), IMPLEMENTATIONS)
def test_decay_reaches_attention(graphs, make_model, name, mode):
    model = make_model(decay_mode=mode, attn_implementation=name).graphmert
    before = model(graphs[0]).last_hidden_state
    model.decay_offset.data += 1
    assert (model(graphs[0]).last_hidden_state - before).abs().max() > 1e-3


def test_refuses_other_attention(graphs, make_model):
    model = make_model()
    with pytest.raises(ValueError, match=r"'attn_implementation'.*'flash'"):
        model.set_attn_implementation("flash")
    with pytest.raises(ValueError, match=r"'attention'.*'multiply'.*'sdpa'"):
        model.set_attn_implementation("sdpa")
    assert model.config.attention == "eager"
    model.graphmert.backbone.set_attn_implementation("sdpa")
    with pytest.raises(ValueError, match=r"'attn_implementation'.*'sdpa'"):
        model(graphs[0])
