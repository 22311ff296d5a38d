import pytest
import torch
from torch_geometric.data import Batch

from gmert_pyg.nn import GraphPooling


@pytest.fixture
def batch(graphs):
    return Batch.from_data_list(graphs)


def states(batch, dtype=torch.float):
    torch.manual_seed(0)
    return torch.randn(batch.num_nodes, 4, dtype=dtype)


def test_mean_is_over_the_roots_of_each_graph(batch):
    x = states(batch)
    pooled = GraphPooling(4)(x, batch)
    # Roots 0-4 and leaves 5-10, roots 11-13 and leaves 14-15, roots 16-17.
    roots = [x[:5], x[11:14], x[16:]]
    expected = torch.stack([rows.mean(0) for rows in roots])
    torch.testing.assert_close(pooled, expected)


def test_first_is_the_first_root_of_each_graph(batch):
    x = states(batch)
    pooled = GraphPooling(4, "first")(x, batch)
    assert torch.equal(pooled, x[[0, 11, 16]])


def test_attention_by_hand_over_roots_and_leaves(batch):
    x = states(batch)
    pooling = GraphPooling(4, "attention")
    score = (x @ pooling.gate.weight.T).flatten()
    expected = torch.stack(
        [
            score[nodes].softmax(0) @ x[nodes]
            for nodes in (slice(0, 11), slice(11, 16), slice(16, 18))
        ]
    )
    torch.testing.assert_close(pooling(x, batch), expected)


@pytest.mark.parametrize("mode", ["mean", "first", "attention"])
def test_one_graph_is_a_batch_of_one(graphs, mode):
    torch.manual_seed(0)
    pooling = GraphPooling(4, mode)
    one = Batch.from_data_list(graphs[:1])
    x = states(one)
    torch.testing.assert_close(pooling(x, graphs[0]), pooling(x, one))


@pytest.mark.parametrize("mode", ["mean", "first", "attention"])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_the_type_stays(batch, mode, dtype):
    pooling = GraphPooling(4, mode).to(dtype)
    x = states(batch, torch.float64)
    pooled = pooling(x.to(dtype), batch)
    assert pooled.dtype == dtype
    error = 1e-2 if dtype == torch.bfloat16 else 1e-6
    exact = GraphPooling(4, mode).double()
    exact.load_state_dict(pooling.state_dict())
    difference = (pooled.double() - exact(x, batch)).abs().max()
    assert difference < error * x.abs().max()


def test_an_unknown_mode_is_refused():
    with pytest.raises(ValueError, match=r"'mode' .* \(got 'max'\)"):
        GraphPooling(4, "max")
