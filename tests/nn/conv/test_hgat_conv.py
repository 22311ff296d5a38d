import pytest
import torch
import torch.nn.functional as F
import torch_geometric.typing
from torch_geometric import EdgeIndex

from gmert_pyg.nn import HGATConv


def naive(conv, x, edge_index, edge_type):
    """The formula as it is written, one target and relation at a time."""
    out = torch.zeros_like(x)
    for target in range(x.size(0)):
        for relation, matrix in enumerate(conv.weight):
            keep = (edge_index[1] == target) & (edge_type == relation)
            if not keep.any():
                continue
            tail = matrix @ x[target]
            heads = x[edge_index[0, keep]] @ matrix.t()
            score = conv.att_dst[relation] @ tail
            score = score + heads @ conv.att_src[relation]
            alpha = F.leaky_relu(score, conv.negative_slope).softmax(0)
            out[target] += alpha @ heads
    return out


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


def test_equals_naive(problem):
    torch.testing.assert_close(problem[0](*problem[1:]), naive(*problem))


def test_gradients_equal_naive(problem):
    conv, x, *edges = problem
    x.requires_grad_()
    inputs = [x, *conv.parameters()]
    weight = torch.randn_like(x)
    fast, slow = (
        torch.autograd.grad((out * weight).sum(), inputs)
        for out in (conv(x, *edges), naive(conv, x, *edges))
    )
    for ours, reference in zip(fast, slow, strict=True):
        torch.testing.assert_close(ours, reference)


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


def test_no_edges_is_exactly_zero(problem):
    conv, x, edge_index, edge_type = problem
    out = conv(x, edge_index[:, :0], edge_type[:0])
    assert torch.equal(out, torch.zeros_like(x))
    isolated = conv(x, edge_index, edge_type)[8]
    assert torch.equal(isolated, torch.zeros_like(isolated))


def test_bases_and_many_relations():
    conv = HGATConv(4, 1000, num_bases=2)
    full = HGATConv(4, 1000)
    full.weight.data = torch.einsum("rb,bij->rij", conv.comp, conv.weight).data
    full.att_dst.data, full.att_src.data = conv.att_dst.data, conv.att_src.data
    x, edge_index = torch.randn(50, 4), torch.randint(0, 50, (2, 200))
    edge_type = torch.randint(0, 1000, (200,))
    torch.testing.assert_close(
        conv(x, edge_index, edge_type), full(x, edge_index, edge_type)
    )


def test_dropout_only_in_training(problem):
    _, x, *edges = problem
    conv = HGATConv(4, 3, dropout=0.5).double()
    assert not torch.equal(conv(x, *edges), conv(x, *edges))
    conv.eval()
    assert torch.equal(conv(x, *edges), conv(x, *edges))


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
    with pytest.raises(ValueError, match="'dropout'"):
        HGATConv(4, 3, dropout=1.0)
    with pytest.raises(ValueError, match="'num_relations'"):
        HGATConv(4, 0)
