import pytest
import torch
from torch import nn

from gmert_pyg.nn.dropout import FastDropout, fast_dropout, speed_up_dropout


@pytest.mark.parametrize("p", [0.1, 0.5])
def test_rate_and_expectation(p):
    torch.manual_seed(0)
    out = fast_dropout(torch.ones(1001, 1001), p)
    assert (out == 0).float().mean().item() == pytest.approx(p, abs=2e-3)
    assert out.mean().item() == pytest.approx(1, abs=4e-3)
    assert out.unique().numel() == 2


def test_gradient_has_the_same_mask():
    x = torch.ones(7, 3, requires_grad=True)
    out = fast_dropout(x, 0.5)
    out.sum().backward()
    assert torch.equal(x.grad, out.detach())


def test_the_seed_decides():
    outputs = []
    for _ in range(2):
        torch.manual_seed(3)
        outputs.append(fast_dropout(torch.ones(50), 0.5))
    assert torch.equal(*outputs)


def test_edges():
    x = torch.randn(5)
    assert fast_dropout(x, 0.0) is x
    assert fast_dropout(x, 0.5, training=False) is x
    assert fast_dropout(x, 1.0).tolist() == [0.0] * 5


def test_speed_up():
    model = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Dropout(0.3)))
    speed_up_dropout(model)
    assert isinstance(model[1][0], FastDropout)
    assert model[1][0].p == 0.3
