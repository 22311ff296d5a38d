"""Distances in leafy chain graphs, and the decay of attention with them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable


def chain_distance(
    anchor: Tensor, node_type: Tensor, slot: Tensor, triple: Tensor
) -> Tensor:
    r"""Shortest-path distances between the nodes of a leafy chain graph
    (`"GraphMERT" <https://arxiv.org/abs/2510.09580>`_), in closed form.

    .. math::
        \mathrm{sp}(u, v) = \begin{cases}
            0 & u = v \\
            1 & g_u = g_v,\; |s_u - s_v| = 1 \\
            2 & g_u = g_v,\; |s_u - s_v| > 1 \\
            |a_u - a_v| + \ell_u + \ell_v & \text{otherwise}
        \end{cases}

    where :math:`a` is the position of the anchor, :math:`\ell` is 1 for a leaf
    and 0 for a root, :math:`g` the triple of a leaf and :math:`s` its slot.

    Args:
        anchor (Tensor): the anchors :math:`a`.
        node_type (Tensor): 0 for a root, 1 for a leaf.
        slot (Tensor): 0 for a root, :math:`s` for a leaf.
        triple (Tensor): 0 for a root, :math:`g \geq 1` for a leaf.

    Shapes:
        - **input:** :math:`(*, N)` each
        - **output:** :math:`(*, N, N)`

    Example:
        >>> nodes = [[0, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 2], [0, 0, 1, 1]]
        >>> chain_distance(*torch.tensor(nodes))[2].tolist()
        [1, 2, 0, 1]
    """
    apart = _outer(anchor).add_(node_type[..., None] + node_type[..., None, :])
    same = triple[..., None] == triple[..., None, :]
    same &= (triple > 0)[..., None]
    inside = (_outer(slot) != 1).to(anchor.dtype) + 1
    distance = torch.where(same, inside, apart)
    distance.diagonal(dim1=-2, dim2=-1).zero_()
    return distance


def pair_distance(u: Sequence[Tensor], v: Sequence[Tensor]) -> Tensor:
    r"""The distance of :func:`chain_distance`, of pairs and not of all of them.

    In a leafy chain graph no two leaves of a triple share a slot, so that
    inside a triple the distance is :math:`\min(|s_u - s_v|, 2)`, and
    :math:`u = v` is no case of its own.

    Args:
        u (Sequence[Tensor]): the anchors, types, slots and triples of one end.
        v (Sequence[Tensor]): those of the other.

    Shapes:
        - **input:** any that broadcast
        - **output:** what they broadcast to

    Example:
        >>> nodes = torch.tensor([[0, 0], [1, 1], [1, 3], [1, 1]])
        >>> pair_distance(nodes[:, 0], nodes[:, 1]).item()
        2
    """
    apart = (u[0] - v[0]).abs() + u[1] + v[1]
    inside = (u[2] - v[2]).abs().clamp(max=2)
    return torch.where((u[3] == v[3]) & (u[3] > 0), inside, apart)


def distance_decay(
    distance: Tensor, p: Tensor, base: float = 0.6, shift: int = 0
) -> Tensor:
    r"""The factor by which attention logits shrink with distance
    (`"GraphMERT" <https://arxiv.org/abs/2510.09580>`_): the reference form.

    .. math::
        f_h(u, v) = \lambda^{\mathrm{GELU}(\sqrt{\mathrm{sp}(u, v) + c} - p_h)}

    GELU dips below zero, so the factor slightly exceeds 1 where the root is
    less than :math:`p_h`; a far negative logit is raised towards 0.

    Args:
        distance (Tensor): the distances :math:`\mathrm{sp}`.
        p (Tensor): the offset :math:`p_h` of every head.
        base (float, optional): the base :math:`\lambda`. (default: :obj:`0.6`)
        shift (int, optional): the constant :math:`c` added to every distance,
            1 in the authors' code and 0 in the paper. (default: :obj:`0`)

    Shapes:
        - **input:** :math:`(*, N, N)` and :math:`(H)`
        - **output:** :math:`(*, H, N, N)`

    Example:
        >>> decay = distance_decay(torch.tensor([[0, 1]]), torch.ones(1))
        >>> [round(value, 4) for value in decay.flatten().tolist()]
        [1.0844, 1.0]
    """
    root = (distance + shift).to(p.dtype).sqrt().unsqueeze(-3)
    exponent = F.gelu(root - p.view(-1, 1, 1))
    return torch.exp(exponent * math.log(base))


def decay_table(
    p: Tensor,
    num_distances: int,
    base: float = 0.6,
    shift: int = 0,
    log: bool = False,
) -> Tensor:
    r"""The values of :func:`distance_decay` for the distances
    :math:`0, \ldots, D - 1`, in at least single precision.

    Args:
        p (Tensor): the offset of every head.
        num_distances (int): the number :math:`D` of distances.
        base (float, optional): the base :math:`\lambda`. (default: :obj:`0.6`)
        shift (int, optional): the constant added to distances.
            (default: :obj:`0`)
        log (bool, optional): whether to return :math:`\log f` instead of
            :math:`f`. (default: :obj:`False`)

    Shapes:
        - **input:** :math:`(H)`
        - **output:** :math:`(H, D)`
    """
    p = p.to(torch.promote_types(p.dtype, torch.float32))
    every = torch.arange(num_distances, device=p.device)
    root = (every + shift).to(p.dtype).sqrt()
    table = F.gelu(root - p.view(-1, 1)) * math.log(base)
    return table if log else table.exp()


class _Lookup(torch.autograd.Function):
    """`table[:, distance]`, whose backward is one sum per head and distance."""

    @staticmethod
    def forward(
        ctx: Any, table: Tensor, distance: Tensor, dtype: torch.dtype
    ) -> Tensor:
        batch, rows, columns = distance.shape
        index = distance.reshape(-1)
        ctx.save_for_backward(index)
        ctx.table = table.shape, table.dtype
        out = table.to(dtype).index_select(1, index)
        return out.view(-1, batch, rows, columns).transpose(0, 1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        (index,) = ctx.saved_tensors
        shape, dtype = ctx.table
        table = grad.new_zeros(shape, dtype=dtype)
        # Thousands of pairs share a distance: never sum them in low precision.
        flat = grad.transpose(0, 1).reshape(shape[0], -1).to(dtype)
        return table.index_add_(1, index, flat), None, None


def lookup_decay(
    distance: Tensor,
    p: Tensor,
    num_distances: int,
    base: float = 0.6,
    shift: int = 0,
    log: bool = False,
    dtype: torch.dtype | None = None,
) -> Tensor:
    r"""The fast form of :func:`distance_decay`: a table over the few integer
    distances is computed from :math:`p`, and looked up for every pair.

    Args:
        distance (Tensor): the distances of a batch.
        p (Tensor): the offset of every head.
        num_distances (int): a bound that every distance stays below.
        base (float, optional): the base :math:`\lambda`. (default: :obj:`0.6`)
        shift (int, optional): the constant added to distances.
            (default: :obj:`0`)
        log (bool, optional): whether to return :math:`\log f` instead of
            :math:`f`. (default: :obj:`False`)
        dtype (torch.dtype, optional): the type of the output; gradients of
            :math:`p` are summed in at least single precision.
            (default: that of :math:`p`)

    Shapes:
        - **input:** :math:`(B, N, N)` and :math:`(H)`
        - **output:** :math:`(B, H, N, N)`
    """
    table = decay_table(p, num_distances, base, shift, log)
    out: Tensor = _Lookup.apply(table, distance, dtype or p.dtype)
    return out


def _outer(value: Tensor) -> Tensor:
    return (value[..., None] - value[..., None, :]).abs_()
