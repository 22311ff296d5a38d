import pytest
import torch
import torch.nn.functional as F
import torch_geometric.typing
from torch.func import functional_call
from torch_geometric import EdgeIndex

from gmert_pyg.nn import HGATConv
from gmert_pyg.nn.conv import fused_attention as fused_module


def naive(conv, x, edge_index, edge_type):
    """The formula as it is written, one target and relation at a time."""
    matrices = conv.weight
    if conv.comp is not None:
        matrices = torch.einsum("rb,bij->rij", conv.comp, conv.weight)
    out = torch.zeros_like(x)
    for target in range(x.size(0)):
        results, scores = [], []
        for relation, matrix in enumerate(matrices):
            keep = (edge_index[1] == target) & (edge_type == relation)
            if not keep.any():
                continue
            tail = matrix @ x[target]
            heads = x[edge_index[0, keep]] @ matrix.t()
            score = conv.att_dst[relation] @ tail
            score = score + heads @ conv.att_src[relation]
            alpha = F.leaky_relu(score, conv.negative_slope).softmax(0)
            results.append(alpha @ heads)
            if conv.inter_relation == "attention":
                second = conv.inter_relation_attention
                score = second.att_dst[relation] @ x[target]
                score = score + second.att_src[relation] @ results[-1]
                scores.append(F.leaky_relu(score, conv.negative_slope))
        if scores:
            out[target] = torch.stack(scores).softmax(0) @ torch.stack(results)
        elif results:
            out[target] = sum(results)
    return out


VARIANTS = [
    {},
    {"num_bases": 2},
    {"inter_relation": "attention"},
    {"num_bases": 2, "inter_relation": "attention"},
]


@pytest.fixture(params=VARIANTS, ids=str)
def variant(request):
    torch.manual_seed(0)
    return HGATConv(4, 3, **request.param).double()


@pytest.fixture
def problem():
    torch.manual_seed(0)
    conv = HGATConv(4, 3).double()
    x = torch.randn(9, 4, dtype=torch.double)
    edge_index = torch.randint(0, 8, (2, 40))
    return conv, x, edge_index, torch.randint(0, 3, (40,))


def test_by_hand():
    conv = HGATConv(2, 1)
    assert str(conv) == "HGATConv(2, num_relations=1)"
    conv.weight.data = torch.tensor([[[0.0, 1.0], [2.0, 0.0]]])
    conv.att_dst.data = torch.tensor([[0.0, 0.0]])
    conv.att_src.data = torch.tensor([[1.0, 0.0]])
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0], [5.0, 5.0]])
    edge_index = torch.tensor([[0, 1], [2, 2]])
    out, (edges, alpha) = conv(
        x,
        edge_index,
        torch.zeros(2, dtype=torch.long),
        return_attention_weights=True,
    )
    # W x_0 = (0, 2) with score 0, W x_1 = (1, 0) with score 1.
    assert alpha.tolist() == pytest.approx([0.26894, 0.73106], abs=1e-5)
    assert out[2].tolist() == pytest.approx([0.73106, 0.53788], abs=1e-5)
    assert out[:2].tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert torch.equal(edges, edge_index)


def test_three_head_tokens_share_attention():
    torch.manual_seed(0)
    conv = HGATConv(4, 2)
    edge_index = torch.tensor([[0, 1, 2], [3, 3, 3]])
    _, (_, alpha) = conv(
        torch.randn(4, 4),
        edge_index,
        torch.ones(3, dtype=torch.long),
        return_attention_weights=True,
    )
    assert alpha.unique().numel() == 3
    assert alpha.sum().item() == pytest.approx(1)


def test_equals_naive(variant, problem):
    inputs = problem[1:]
    torch.testing.assert_close(variant(*inputs), naive(variant, *inputs))


def test_gradients_equal_naive(variant, problem):
    _, x, *edges = problem
    x.requires_grad_()
    inputs = [x, *variant.parameters()]
    weight = torch.randn_like(x)
    fast, slow = (
        torch.autograd.grad((out * weight).sum(), inputs)
        for out in (variant(x, *edges), naive(variant, x, *edges))
    )
    for ours, reference in zip(fast, slow, strict=True):
        torch.testing.assert_close(ours, reference)


@pytest.mark.parametrize("chunk", [1, 12, 2**17])
@pytest.mark.parametrize("dtype", [torch.double, torch.float, torch.bfloat16])
def test_one_operator_equals_many(problem, chunk, dtype, monkeypatch):
    monkeypatch.setattr(fused_module, "CHUNK", chunk)
    conv, x, *edges = problem
    conv, x = conv.to(dtype), x.to(dtype).requires_grad_()
    inputs = [x, *conv.parameters()]
    node_weight, edge_weight = torch.randn(9, 4), torch.randn(40)
    results = []
    for is_fused in (True, False):
        monkeypatch.setattr(conv, "_is_fused", lambda x, fused=is_fused: fused)
        out, (_, alpha) = conv(x, *edges, return_attention_weights=True)
        # Attention has gradients of its own.
        loss = (out * node_weight).sum() + (alpha * edge_weight).sum()
        grads = torch.autograd.grad(loss, inputs)
        results.append([value.double() for value in (out, alpha, *grads)])
    bound = {torch.double: 1e-12, torch.float: 1e-5, torch.bfloat16: 0.1}
    torch.testing.assert_close(*results, rtol=bound[dtype], atol=bound[dtype])


def test_gradcheck(variant, problem):
    _, x, *edges = problem
    names, values = zip(*variant.named_parameters(), strict=True)

    def run(x, *parameters):
        state = dict(zip(names, parameters, strict=True))
        return functional_call(variant, state, (x, *edges))

    inputs = (x.requires_grad_(), *values)
    assert torch.autograd.gradcheck(run, inputs, fast_mode=True)


def test_single_relation_needs_no_second_level(problem):
    _, x, edge_index, _ = problem
    conv = HGATConv(4, 3, inter_relation="attention").double()
    once = HGATConv(4, 3).double()
    once.load_state_dict(conv.state_dict(), strict=False)
    # One relation into every target, another for every second target.
    edge_type = edge_index[1] % 2
    inputs = (x, edge_index, edge_type)
    assert torch.equal(conv(*inputs), once(*inputs))


def test_weights_sum_to_one_over_relations(problem):
    _, x, edge_index, edge_type = problem
    for mode in ("sum", "attention"):
        conv = HGATConv(4, 3, inter_relation=mode).double()
        _, (_, weight) = conv(
            x, edge_index, edge_type, return_attention_weights=True
        )
        total = torch.zeros(9).double().index_add(0, edge_index[1], weight)
        expected = [
            float(edge_type[edge_index[1] == target].unique().numel())
            for target in range(9)
        ]
        if mode == "attention":
            expected = [min(count, 1.0) for count in expected]
        assert total.tolist() == pytest.approx(expected)


def test_edge_permutation(problem):
    conv, x, edge_index, edge_type = problem
    order = torch.randperm(edge_type.numel())
    torch.testing.assert_close(
        conv(x, edge_index[:, order], edge_type[order]),
        conv(x, edge_index, edge_type),
    )


def test_edge_index_and_bipartite(problem):
    conv, x, edge_index, edge_type = problem
    expected = conv(x, edge_index, edge_type)
    wrapped = EdgeIndex(edge_index, sparse_size=(9, 9))
    torch.testing.assert_close(conv(x, wrapped, edge_type), expected)
    out = conv((x[:8], x), edge_index, edge_type, size=(8, 9))
    torch.testing.assert_close(out, expected)


@pytest.mark.skipif(
    not torch_geometric.typing.WITH_TORCH_SCATTER, reason="no torch-scatter"
)
def test_without_torch_scatter(problem, monkeypatch):
    conv, *inputs = problem
    expected = conv(*inputs)
    monkeypatch.setattr(torch_geometric.typing, "WITH_TORCH_SCATTER", False)
    torch.testing.assert_close(conv(*inputs), expected)


def test_no_edges_is_exactly_zero(variant, problem):
    _, x, edge_index, edge_type = problem
    x.requires_grad_()
    out = variant(x, edge_index[:, :0], edge_type[:0])
    assert torch.equal(out, torch.zeros_like(x))
    out.sum().backward()
    for value in (x, *variant.parameters()):
        assert value.grad is None or not value.grad.any()
    isolated = variant(x, edge_index, edge_type)[8]
    assert torch.equal(isolated, torch.zeros_like(isolated))
    assert variant(x[:0], edge_index[:, :0], edge_type[:0]).shape == (0, 4)


def test_dropout_only_in_training(variant, problem):
    _, x, *edges = problem
    expected = variant(x, *edges)
    variant.dropout = 0.5
    assert not torch.equal(variant(x, *edges), variant(x, *edges))
    variant.eval()
    assert torch.equal(variant(x, *edges), expected)


def test_dropout_drops_elements_of_relations():
    torch.manual_seed(0)
    conv = HGATConv(1, 1, dropout=0.25)
    conv.weight.data.fill_(1)
    edges = torch.tensor([[0], [1]]), torch.zeros(1, dtype=torch.long)
    draws = torch.cat([conv(torch.ones(2, 1), *edges)[1] for _ in range(400)])
    assert draws.unique().tolist() == pytest.approx([0, 4 / 3])
    assert draws.mean().item() == pytest.approx(1, abs=0.1)


def test_every_parameter_is_initialised():
    torch.use_deterministic_algorithms(True)
    try:
        conv = HGATConv(4, 3, num_bases=2)
    finally:
        torch.use_deterministic_algorithms(False)
    assert all(value.isfinite().all() for value in conv.parameters())


def test_bad_arguments(problem):
    conv, x, edge_index, edge_type = problem
    with pytest.raises(ValueError, match=r"'edge_type'.*\(got 3\)"):
        conv(x, edge_index, edge_type + 3 - edge_type)
    with pytest.raises(ValueError, match=r"'edge_type'.*\(got -1\)"):
        conv(x, edge_index, edge_type - 1 - edge_type)
    with pytest.raises(ValueError, match="'edge_type' must be of shape"):
        conv(x, edge_index, edge_type[:3])
    with pytest.raises(ValueError, match=r"'edge_index'.*\(got 40\)"):
        conv(x, edge_index + 40 - edge_index, edge_type)
    with pytest.raises(ValueError, match=r"'edge_index'.*\(got \(40, 2\)\)"):
        conv(x, edge_index.t(), edge_type)
    with pytest.raises(ValueError, match=r"'edge_type'.*\(got torch.float32\)"):
        conv(x, edge_index, edge_type.float())
    with pytest.raises(ValueError, match=r"'edge_index'.*\(got torch.bool\)"):
        conv(x, edge_index.bool(), edge_type)
    with pytest.raises(ValueError, match=r"'x' must be of the parameters'"):
        conv(x.float(), edge_index, edge_type)
    with pytest.raises(ValueError, match=r"'x' must be of shape \(N, 4\)"):
        conv(x[:, :3], edge_index, edge_type)
    with pytest.raises(ValueError, match=r"'size' must be \(9, 9\)"):
        conv(x, edge_index, edge_type, size=(9, 8))
    with pytest.raises(ValueError, match="'inter_relation'"):
        HGATConv(4, 3, inter_relation="mean")
    with pytest.raises(ValueError, match="'dropout'"):
        HGATConv(4, 3, dropout=1.0)
    with pytest.raises(ValueError, match="'num_relations'"):
        HGATConv(4, 0)
