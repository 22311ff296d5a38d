"""A bias on few pairs, added to attention that has already been computed."""

from __future__ import annotations

import torch
from torch import Tensor


def add_pair_bias(
    out: Tensor,
    lse: Tensor,
    value: Tensor,
    logits: Tensor,
    bias: Tensor,
    query_index: Tensor,
    key_index: Tensor,
) -> Tensor:
    r"""Add a bias to the logits of some pairs, from the attention without it.

    .. math::
        \mathbf{o}'_i = \frac{\mathbf{o}_i + \sum_{(i, j)} \delta_{ij}
        \mathbf{v}_j}{1 + \sum_{(i, j)} \delta_{ij}}, \qquad
        \delta_{ij} = e^{l_{ij} - \mathrm{lse}_i} (e^{b_{ij}} - 1)

    where the sums are over the given pairs, :math:`l` are their logits and
    :math:`\mathrm{lse}_i` is the log-sum-exp of all logits of query :math:`i`.
    This is exact: replacing :math:`l` by :math:`l + b` changes numerator and
    denominator of the softmax by these terms. The denominator is at least
    :math:`\min(1, e^{\min b})`, so that rounding of :math:`\mathbf{o}` grows
    at most by its inverse. All of it is computed in at least float32, and both
    are multiplied by :math:`e^{-m_i}`, where :math:`m_i` is the greatest of 0
    and all :math:`l_{ij} - \mathrm{lse}_i + b_{ij}`, so that nothing overflows.

    Args:
        out (Tensor): the attention :math:`\mathbf{o}` without the bias.
        lse (Tensor): the natural log-sum-exp of the logits.
        value (Tensor): the values.
        logits (Tensor): the logits of the pairs; :math:`-\infty` of a pair that
            is masked.
        bias (Tensor): the bias of the pairs.
        query_index (Tensor): the queries of the pairs.
        key_index (Tensor): the keys of the pairs. No pair occurs twice.

    Shapes:
        - **input:** :math:`(H, L, d/H)`, :math:`(H, L)`, :math:`(H, L, d/H)`,
          :math:`(H, P)` twice and :math:`(P)` twice
        - **output:** :math:`(H, L, d/H)`
    """
    dtype = torch.promote_types(lse.dtype, torch.float32)
    bias = bias.to(dtype)
    rise = bias.relu()
    exponent = (logits - lse.index_select(1, query_index)).to(dtype) + rise
    peak = torch.zeros_like(lse, dtype=dtype).scatter_reduce(
        1, query_index.expand_as(exponent), exponent.detach(), "amax"
    )
    # exp(b) - 1 without its factor exp(rise): one of the two terms is 0.
    factor = (bias - rise).expm1() - (-rise).expm1()
    delta = (exponent - peak.index_select(1, query_index)).exp() * factor
    added = delta[..., None] * value.index_select(1, key_index).to(dtype)
    rest = (-peak).exp()
    numerator = out.to(dtype) * rest[..., None]
    numerator = numerator.index_add(1, query_index, added)
    denominator = rest.index_add(1, query_index, delta)
    return (numerator / denominator[..., None]).to(out.dtype)


def pair_logits(
    query: Tensor,
    key: Tensor,
    query_index: Tensor,
    key_index: Tensor,
    scaling: float,
) -> Tensor:
    r"""Compute the logits of pairs, in at least float32.

    Shapes:
        - **input:** :math:`(H, L, d/H)` twice and :math:`(P)` twice
        - **output:** :math:`(H, P)`
    """
    dtype = torch.promote_types(query.dtype, torch.float32)
    queries = query.index_select(1, query_index).to(dtype)
    keys = key.index_select(1, key_index).to(dtype)
    return (queries * keys).sum(dim=-1) * scaling


def pad_pairs(
    pair_index: Tensor, pair_bias: Tensor, multiple: int
) -> tuple[Tensor, Tensor]:
    """Pad pairs to a multiple, so that compiled code sees few shapes.

    The pairs added are of token 0 with itself and have bias 0: they change
    nothing, however often they occur.

    Shapes:
        - **input:** :math:`(P)` and :math:`(H, P)`
    """
    missing = -pair_index.numel() % multiple
    return (
        torch.nn.functional.pad(pair_index, (0, missing)),
        torch.nn.functional.pad(pair_bias, (0, missing)),
    )
