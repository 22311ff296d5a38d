"""Biases added to finished attention are those of a softmax with them."""

import pytest
import torch

from gmert_pyg.nn.attention.pair_bias import add_pair_bias, pair_logits

HEADS, LENGTH, SIZE, PAIRS = 2, 12, 4, 30


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("scale", [0.0, 1.0, 30.0, 300.0])
def test_equals_the_softmax(scale, dtype):
    # At 300, and 88 already, the exponential of a bias overflows in float32.
    torch.manual_seed(0)
    query, key, value = torch.randn(3, HEADS, LENGTH, SIZE, dtype=dtype)
    pair = torch.randperm(LENGTH * LENGTH)[:PAIRS]
    q, k = pair // LENGTH, pair % LENGTH
    bias = scale * torch.randn(HEADS, PAIRS, dtype=dtype).abs()
    bias[:, 0] *= -1 / max(scale, 1)
    inputs = [query, key, value, bias]
    for tensor in inputs:
        tensor.requires_grad_()

    logits = query @ key.transpose(1, 2)
    heads = torch.arange(HEADS)[:, None]
    biased = logits.index_put((heads, q, k), bias, accumulate=True)
    expected = biased.softmax(dim=-1) @ value
    found = add_pair_bias(
        logits.softmax(dim=-1) @ value,
        logits.logsumexp(dim=-1),
        value,
        pair_logits(query, key, q, k, 1.0),
        bias,
        q,
        k,
    )
    tolerance = {torch.float32: 1e-4, torch.float64: 1e-10}[dtype]
    loss = torch.randn(expected.shape, dtype=dtype)
    for ours, theirs in zip(
        [found, *torch.autograd.grad((found * loss).sum(), inputs, None, True)],
        [expected, *torch.autograd.grad((expected * loss).sum(), inputs)],
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs, atol=tolerance, rtol=tolerance)
