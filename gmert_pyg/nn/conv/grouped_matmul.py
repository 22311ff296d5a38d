"""One matrix product per group of rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


class _GroupedMatmul(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, group: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.slices = list(_slices(group))
        out = x.new_empty(x.size(0), weight.size(1))
        for index, rows in ctx.slices:
            torch.mm(x[rows], weight[index].t(), out=out[rows])
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        x, weight = ctx.saved_tensors
        grad = grad.contiguous()
        grad_x = torch.empty_like(x)
        grad_weight = torch.zeros_like(weight)
        for index, rows in ctx.slices:
            torch.mm(grad[rows], weight[index], out=grad_x[rows])
            torch.mm(grad[rows].t(), x[rows], out=grad_weight[index])
        return grad_x, grad_weight, None


def grouped_matmul(x: Tensor, weight: Tensor, group: Tensor) -> Tensor:
    r"""Multiply every row with the matrix of its group,
    :math:`W_{g_i} \mathbf{x}_i`.

    Loops over the groups that occur, inside one autograd node: there is one
    gradient of the weights, not one per group, and no copy of a matrix.

    .. note::
        The loop reads the group sizes, a graph break under `torch.compile` and
        a synchronisation on the GPU.

    Args:
        x (Tensor): the rows.
        weight (Tensor): the matrices.
        group (Tensor): the matrix of every row, in ascending order.

    Shapes:
        - **input:** :math:`(N, F)`, :math:`(G, F', F)` and :math:`(N)`
        - **output:** :math:`(N, F')`
    """
    out: Tensor = _GroupedMatmul.apply(x, weight.to(x.dtype), group)
    return out


def _slices(group: Tensor) -> Iterator[tuple[int, slice]]:
    index, count = group.unique_consecutive(return_counts=True)
    start = 0
    pairs: list[tuple[int, int]] = torch.stack([index, count], dim=1).tolist()
    for number, size in pairs:
        yield number, slice(start, start + size)
        start += size
