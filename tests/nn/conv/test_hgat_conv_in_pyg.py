"""HGATConv inside what PyG and torch put around a layer."""

import pytest
import torch
from torch import nn
from torch_geometric.explain import AttentionExplainer, Explainer, GNNExplainer
from torch_geometric.nn import HeteroConv, Sequential, to_hetero

from gmert_pyg.nn import HGATConv

VARIANTS = [{}, {"num_bases": 2}, {"inter_relation": "attention"}]


def example(num_edges=40, dtype=torch.float32):
    x = torch.randn(9, 8, dtype=dtype)
    edge_index = torch.randint(0, 8, (2, num_edges))
    return x, edge_index, torch.randint(0, 3, (num_edges,))


def gradients(model, conv, inputs):
    x = inputs[0].clone().requires_grad_()
    out = model(x, *inputs[1:])
    wanted = [x, *conv.parameters()]
    grads = torch.autograd.grad(out.square().sum(), wanted)
    return [out.detach(), *grads]


def test_sequential():
    torch.manual_seed(0)
    first, second = HGATConv(8, 3), HGATConv(8, 3)
    model = Sequential(
        "x, edge_index, edge_type",
        [
            (first, "x, edge_index, edge_type -> x"),
            nn.ReLU(),
            (second, "x, edge_index, edge_type -> x"),
            nn.Linear(8, 2),
        ],
    )
    x, *edges = example()
    expected = model[3](second(first(x, *edges).relu(), *edges))
    torch.testing.assert_close(model(x, *edges), expected)


def test_hetero_conv():
    torch.manual_seed(0)
    kinds = [("user", "rates", "item"), ("item", "of", "item")]
    layers = {kind: HGATConv(8, 3) for kind in kinds}
    x, edge_index, edge_type = example()
    features = {"user": x[:8], "item": x}
    indices = dict.fromkeys(kinds, edge_index)
    out = HeteroConv(layers, aggr="sum")(
        features, indices, edge_type_dict=dict.fromkeys(kinds, edge_type)
    )
    expected = layers[kinds[0]]((x[:8], x), edge_index, edge_type)
    expected = expected + layers[kinds[1]](x, edge_index, edge_type)
    torch.testing.assert_close(out["item"], expected)


class Model(nn.Module):
    def __init__(self, **kwargs):
        super().__init__()
        self.conv = HGATConv(8, 3, **kwargs)
        self.lin = nn.Linear(8, 2)

    def forward(self, x, edge_index, edge_type):
        return self.lin(self.conv(x, edge_index, edge_type))


def test_to_hetero():
    torch.manual_seed(0)
    kinds = [("user", "rates", "item"), ("item", "by", "user")]
    model = to_hetero(Model(), (["user", "item"], kinds))
    x, edge_index, edge_type = example()
    out = model(
        {"user": x, "item": x},
        dict.fromkeys(kinds, edge_index),
        dict.fromkeys(kinds, edge_type),
    )
    conv = model.conv["user__rates__item"]
    expected = model.lin["item"](conv((x, x), edge_index, edge_type))
    torch.testing.assert_close(out["item"], expected)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
@pytest.mark.parametrize("training", [True, False])
def test_compiles_to_one_graph(variant, training):
    torch.manual_seed(0)
    torch._dynamo.reset()
    conv = HGATConv(8, 3, **variant).double().train(training)
    model = torch.compile(conv, backend="aot_eager", fullgraph=True)
    for num_edges in (40, 50, 60, 70):
        inputs = example(num_edges, torch.double)
        torch.testing.assert_close(
            gradients(model, conv, inputs), gradients(conv, conv, inputs)
        )
        if num_edges == 50:  # from the second size on, sizes are symbols
            torch._dynamo.config.error_on_recompile = True
    torch._dynamo.config.error_on_recompile = False


@pytest.fixture(autouse=True)
def _recompiling_is_no_error():
    yield
    torch._dynamo.config.error_on_recompile = False


def test_compiled_dropout_and_ranges():
    torch.manual_seed(0)
    torch._dynamo.reset()
    conv = HGATConv(8, 3, dropout=0.5)
    model = torch.compile(conv, backend="aot_eager", fullgraph=True)
    x, edge_index, edge_type = example()
    first = model(x, edge_index, edge_type)
    assert first.isfinite().all()
    assert not torch.equal(first, model(x, edge_index, edge_type))
    with pytest.raises(ValueError, match=r"'edge_type'.*\(got 3\)"):
        model(x, edge_index, edge_type + 3 - edge_type)


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_inductor(variant):
    torch.manual_seed(0)
    torch._dynamo.reset()
    conv = HGATConv(8, 3, **variant)
    model = torch.compile(conv, fullgraph=True, dynamic=True)
    for num_edges in (40, 70):
        inputs = example(num_edges)
        torch.testing.assert_close(
            gradients(model, conv, inputs), gradients(conv, conv, inputs)
        )


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_autocast(variant):
    torch.manual_seed(0)
    conv = HGATConv(8, 3, **variant)
    inputs = example()
    exact = gradients(conv, conv, inputs)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = gradients(conv, conv, inputs)
        # What an earlier layer gives under autocast is bfloat16 already.
        x = inputs[0].bfloat16()
        assert conv(x, *inputs[1:]).dtype == torch.bfloat16
        assert conv((x, inputs[0]), *inputs[1:]).dtype == torch.bfloat16
    assert rough[0].dtype == torch.bfloat16
    for ours, reference in zip(rough, exact, strict=True):
        bound = 0.05 * reference.abs().max().item()
        torch.testing.assert_close(ours.float(), reference, rtol=0, atol=bound)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_low_precision(variant, dtype):
    torch.manual_seed(0)
    conv = HGATConv(8, 3, **variant).to(dtype)
    x, edge_index, edge_type = example(dtype=dtype)
    out = conv(x, edge_index, edge_type)
    out.sum().backward()
    assert out.dtype == dtype
    exact = conv.float()(x.float(), edge_index, edge_type)
    torch.testing.assert_close(out.float(), exact, rtol=0.05, atol=0.1)


def test_hooks_see_messages_in_the_order_of_edges():
    torch.manual_seed(0)
    conv = HGATConv(8, 3)
    x, *edges = example()
    expected, (_, alpha) = conv(x, *edges, return_attention_weights=True)
    seen = []

    def hook(module, inputs, output):
        seen.append((inputs[0], output))

    with conv.register_message_forward_hook(hook):
        torch.testing.assert_close(conv(x, *edges), expected)
    (arguments, message), *_ = seen
    torch.testing.assert_close(arguments["alpha"], alpha)
    torch.testing.assert_close(message, alpha[:, None] * x[edges[0][0]])


def test_overrides_are_called():
    class Halved(HGATConv):
        def message(self, x_j, alpha):
            return super().message(x_j, alpha) / 2

    class Unattended(HGATConv):
        def edge_update(self, score, group_ptr):
            return torch.zeros_like(score)

    torch.manual_seed(0)
    conv, inputs = HGATConv(8, 3), example()
    halved, unattended = Halved(8, 3), Unattended(8, 3)
    halved.load_state_dict(conv.state_dict())
    torch.testing.assert_close(halved(*inputs), conv(*inputs) / 2)
    assert not unattended(*inputs).any()


def test_edge_mask_of_an_explainer():
    torch.manual_seed(0)
    conv = HGATConv(8, 3)
    x, edge_index, edge_type = example()
    expected, (_, alpha) = conv(
        x, edge_index, edge_type, return_attention_weights=True
    )
    mask = torch.zeros(40, requires_grad=True)
    conv.explain, conv._edge_mask, conv._apply_sigmoid = True, mask, False
    masked = conv(x, edge_index, edge_type)
    assert not masked.any()
    masked.sum().backward()
    # The gradient for an edge is what its own message adds.
    messages = (conv.weight[edge_type] @ x[edge_index[0], :, None]).squeeze(-1)
    messages = (alpha[:, None] * messages).sum(dim=1)
    torch.testing.assert_close(mask.grad, messages.detach())
    conv._edge_mask = torch.ones(40)
    torch.testing.assert_close(conv(x, edge_index, edge_type), expected)


@pytest.mark.parametrize("algorithm", [GNNExplainer, AttentionExplainer])
def test_explainer(algorithm):
    torch.manual_seed(0)
    x, edge_index, edge_type = example()
    options = {"epochs": 3} if algorithm is GNNExplainer else {}
    explainer = Explainer(
        Model(),
        algorithm(**options),
        explanation_type="model",
        edge_mask_type="object",
        model_config={
            "mode": "multiclass_classification",
            "task_level": "node",
            "return_type": "raw",
        },
    )
    explanation = explainer(x, edge_index, edge_type=edge_type)
    assert explanation.edge_mask.shape == (40,)
    assert explanation.edge_mask.any()
