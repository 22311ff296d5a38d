"""Occurrence edges as biases of attention."""

import pytest
import torch
from torch import nn
from torch.autograd.graph import saved_tensors_hooks
from torch_geometric.data import Batch

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.nn import GraphMertModel
from gmert_pyg.nn.attention import EAGER, SDPA, eager_attention, sdpa_attention
from gmert_pyg.nn.attention.pairs import pair_arguments
from gmert_pyg.nn.dense_batch import DenseBatch
from gmert_pyg.nn.occurrence import OccurrenceBias, occurrence_edges

FIRST = 13
SETTINGS = [
    (EAGER, {}),
    (EAGER, {"decay_mode": "bias"}),
    (EAGER, {"decay": False}),
    (SDPA, {"decay_mode": "bias"}),
    (SDPA, {"decay": False}),
]


@pytest.fixture
def make_biased(make_model):
    """Return what makes a model whose biases are not 0."""

    def make(name=EAGER, **overrides):
        model = make_model(
            occurrence="bias", attn_implementation=name, **overrides
        )
        bias = model.graphmert.occurrence.occurrence_bias
        nn.init.normal_(bias, std=2.0)
        return model

    return make


def pairs_of(batch, layer, config, length=6):
    places = DenseBatch(batch.batch, batch.num_graphs, length)
    edges = occurrence_edges(batch.edge_index, batch.edge_type, config)
    return layer(*edges, places.index, places.length)


def dense_bias(batch, table, length=6):
    """Return the biases as [B, H, L, L], one edge after the other."""
    dense = torch.zeros(
        batch.num_graphs, table.size(2), length, length, dtype=table.dtype
    )
    first = batch.ptr.tolist()
    for source, target, kind in zip(
        *batch.edge_index.tolist(), batch.edge_type.tolist(), strict=True
    ):
        if kind >= FIRST:
            graph = int(batch.batch[source])
            s, t = source - first[graph], target - first[graph]
            dense[graph, :, s, t] += table[kind - FIRST, 0]
            dense[graph, :, t, s] += table[kind - FIRST, 1]
    return dense


def test_pairs_by_hand(linked, make_config):
    layer = OccurrenceBias(num_kinds=5, num_heads=2)
    table = layer.occurrence_bias
    table.data = torch.arange(20.0).view(5, 2, 2) ** 2
    index, bias = pairs_of(Batch.from_data_list(linked), layer, make_config())
    # Places 1 and 3 of graph 0, then 0 and 2 of graph 2, of 6 places each.
    third = 2 * 36
    assert index.tolist() == [
        *(1 * 6 + 3, 3 * 6 + 1),
        *(third + 2, third + 2 * 6, third + 2 * 6 + 2),
    ]
    expected = [
        table[0, 1] + table[2, 1] + table[1, 0],
        table[0, 0] + table[2, 0] + table[1, 1],
        table[4, 1],
        table[4, 0],
        table[0, 0] + table[0, 1],
    ]
    torch.testing.assert_close(bias, torch.stack(expected, dim=1))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    ("name", "decay"),
    [
        (EAGER, "decay"),
        (EAGER, "decay_bias"),
        (EAGER, None),
        (SDPA, "decay_bias"),
        (SDPA, None),
    ],
)
def test_attention_equals_the_dense_form(
    linked, make_config, name, decay, dtype
):
    torch.manual_seed(0)
    batch = Batch.from_data_list(linked)
    layer = OccurrenceBias(5, 2).to(dtype)
    nn.init.normal_(layer.occurrence_bias)
    # As on the CPU in tests of padding: two graphs are shorter than 6.
    mask = DenseBatch(batch.batch, 3, 6).mask()[:, None, None, :]
    inputs = [
        value.clone().requires_grad_()
        for value in torch.randn(3, 3, 2, 6, 4, dtype=dtype)
    ]
    factor = torch.rand(3, 2, 6, 6, dtype=dtype)
    module = nn.Identity().eval()

    dense = dense_bias(batch, layer.occurrence_bias)
    summand = dense + factor if decay == "decay_bias" else dense
    own = {"decay": factor} if decay == "decay" else {}
    expected, _ = eager_attention(
        module, *inputs, mask, decay_bias=summand, **own
    )
    given = {} if decay is None else {decay: factor.clone()}
    pairs = pairs_of(batch, layer, make_config())
    given |= pair_arguments(given, *pairs, (3, 6), name)
    function = eager_attention if name == EAGER else sdpa_attention
    out, _ = function(module, *inputs, mask, **given)
    torch.testing.assert_close(out, expected)

    weight = torch.randn_like(out)
    leaves = [*inputs, layer.occurrence_bias]
    for ours, theirs in zip(
        torch.autograd.grad((out * weight).sum(), leaves),
        torch.autograd.grad((expected * weight).sum(), leaves),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs)


def test_the_factor_does_not_scale_the_bias():
    query = key = torch.zeros(1, 1, 2, 4)
    value = torch.eye(2)[None, None]
    out, _ = eager_attention(
        nn.Identity().eval(),
        *(query, key, value, None),
        decay=torch.full((1, 1, 2, 2), 0.1),
        pair_index=torch.tensor([1]),
        pair_bias=torch.tensor([[1.0]]),
    )
    expected = torch.tensor([[0.0, 1.0], [0.0, 0.0]]).softmax(dim=1)
    torch.testing.assert_close(out[0, :, 0], expected)


def test_fused_kernels_refuse_pairs():
    tensors = torch.zeros(3, 1, 1, 2, 4)
    with pytest.raises(ValueError, match=r"'pair_bias'.*1 pairs"):
        sdpa_attention(
            nn.Identity(), *tensors, None, pair_bias=torch.ones(1, 1)
        )


@pytest.mark.parametrize(("name", "overrides"), SETTINGS)
def test_gradient_equals_finite_differences(
    linked, make_biased, central_difference, name, overrides
):
    batch = Batch.from_data_list(linked)
    batch.labels = batch.input_ids.clone()
    model = make_biased(name, **overrides).double()
    bias = model.graphmert.occurrence.occurrence_bias
    (gradient,) = torch.autograd.grad(model(batch).loss, bias)
    used = [0, 1, 2, 4]
    assert (gradient[used].abs() > 1e-7).all()
    assert (gradient[3] == 0).all()
    for place in [(0, 0, 0), (0, 1, 1), (2, 0, 1), (4, 1, 0)]:
        difference = central_difference(
            lambda: model(batch).loss.item(), bias, place
        )
        assert difference == pytest.approx(
            gradient[place].item(), rel=1e-4, abs=1e-9
        )


@pytest.mark.parametrize(
    "overrides", [{"decay_mode": "bias"}, {"decay": False}]
)
def test_fused_model_equals_eager(linked, make_biased, overrides):
    batch = Batch.from_data_list(linked)
    torch.manual_seed(1)
    first = make_biased(EAGER, **overrides).graphmert
    second = make_biased(SDPA, **overrides).graphmert
    torch.testing.assert_close(
        first(batch).last_hidden_state, second(batch).last_hidden_state
    )


@pytest.mark.parametrize(("name", "overrides"), SETTINGS)
def test_at_zero_the_edges_do_nothing(linked, make_model, name, overrides):
    batch = Batch.from_data_list(linked)
    settings = {"attn_implementation": name, **overrides}
    biased = make_model(occurrence="bias", **settings).graphmert
    biased.occurrence.reset_parameters()
    plain = make_model(**settings).graphmert
    torch.testing.assert_close(
        biased(batch).last_hidden_state, plain(batch).last_hidden_state
    )
    nn.init.normal_(biased.occurrence.occurrence_bias)
    apart = biased(batch).last_hidden_state - plain(batch).last_hidden_state
    apart = apart.abs().amax(1)
    assert (apart[batch.batch != 1] > 1e-4).all()
    assert (apart[batch.batch == 1] < 1e-6).all()


@pytest.mark.parametrize(("name", "overrides"), SETTINGS)
def test_batching_and_padding_change_nothing(
    linked, make_biased, name, overrides
):
    model = make_biased(name, **overrides).graphmert
    alone = [model(graph).last_hidden_state for graph in linked]
    for order in ([0, 1, 2], [2, 0, 1]):
        batch = Batch.from_data_list([linked[index] for index in order])
        torch.testing.assert_close(
            model(batch).last_hidden_state,
            torch.cat([alone[index] for index in order]),
            atol=1e-5,
            rtol=0,
        )


def test_several_edges_may_come_in_any_order(linked, make_biased):
    model = make_biased().graphmert
    graph = linked[0]
    other = graph.clone()
    order = torch.randperm(graph.edge_type.numel())
    other.edge_index = graph.edge_index[:, order]
    other.edge_type = graph.edge_type[order]
    torch.testing.assert_close(
        model(other).last_hidden_state, model(graph).last_hidden_state
    )


@pytest.mark.parametrize("layers", [1, 4])
@pytest.mark.parametrize("decay_mode", ["multiply", "bias"])
def test_no_layer_stores_more(make_model, layers, decay_mode):
    length, heads = 39, 2
    graph = ChainGraph.from_triples(
        [5] * length,
        [],
        occurrences=[(place, place - 1, FIRST) for place in range(1, length)],
    )

    def stored(occurrence):
        model = make_model(
            occurrence=occurrence,
            num_hidden_layers=layers,
            decay_mode=decay_mode,
        ).graphmert
        sizes = []
        with saved_tensors_hooks(
            lambda x: (sizes.append(x.numel()), x)[1], lambda x: x
        ):
            model(graph).last_hidden_state.sum()
        return sizes

    dense = heads * length * length
    plain, biased = stored("off"), stored("bias")
    large = [sum(size >= dense for size in sizes) for sizes in (plain, biased)]
    assert large[0] == large[1] > layers
    # Per layer, four indices of the few pairs.
    assert sum(biased) - sum(plain) < layers * dense / 3


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_other_types(linked, make_biased, dtype):
    batch = Batch.from_data_list(linked)
    batch.labels = batch.input_ids.clone()
    model = make_biased()
    expected = model(batch).loss
    out = model.to(dtype)(batch)
    assert out.last_hidden_state.dtype == dtype
    assert out.loss.item() == pytest.approx(expected.item(), rel=0.05)
    out.loss.backward()
    assert model.graphmert.occurrence.occurrence_bias.grad.abs().max() > 0


@pytest.mark.parametrize(
    ("name", "mode"), [(EAGER, "multiply"), (SDPA, "bias")]
)
def test_autocast(linked, make_biased, name, mode):
    batch = Batch.from_data_list(linked)
    model = make_biased(name, decay_mode=mode).graphmert
    expected = model(batch).last_hidden_state
    with torch.autocast("cpu", torch.bfloat16):
        out = model(batch).last_hidden_state
    assert (out - expected).abs().mean() < 0.05
    out.float().square().sum().backward()
    bias = model.occurrence.occurrence_bias
    assert bias.grad.dtype == torch.float32
    assert bias.grad.abs().max() > 0


def test_a_batch_without_edges_gives_zero_gradients(linked, make_biased):
    model = make_biased().graphmert
    model(linked[1]).last_hidden_state.sum().backward()
    assert (model.occurrence.occurrence_bias.grad == 0).all()


def test_save_and_load(tmp_path, linked, make_biased):
    model = make_biased(decay=False).graphmert
    model.save_pretrained(tmp_path)
    loaded = GraphMertModel.from_pretrained(tmp_path)
    assert loaded.config.occurrence == "bias"
    assert loaded.backbone.config._attn_implementation == EAGER
    torch.testing.assert_close(
        loaded(linked[0]).last_hidden_state, model(linked[0]).last_hidden_state
    )


def test_biases_start_at_zero(make_config):
    model = GraphMertModel(make_config(occurrence="bias"))
    assert (model.occurrence.occurrence_bias == 0).all()


@pytest.mark.parametrize("name", ["num_kinds", "num_heads"])
def test_sizes_must_be_positive(name):
    sizes = {"num_kinds": 1, "num_heads": 1, name: 0}
    with pytest.raises(ValueError, match=rf"'{name}'.*\(got 0\)"):
        OccurrenceBias(**sizes)
    assert str(OccurrenceBias(5, 2)) == (
        "OccurrenceBias(num_kinds=5, num_heads=2)"
    )
