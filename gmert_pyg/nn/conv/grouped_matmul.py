"""One matrix product per group of rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor


def grouped_matmul(
    x: Tensor, weight: Tensor, group: Tensor, transpose: bool = False
) -> Tensor:
    r"""Multiply every row with the matrix of its group,
    :math:`\mathbf{W}_{g_i} \mathbf{x}_i`.

    One operator with one gradient of the weights, and no copy of a matrix. On
    a GPU in bfloat16 it is one kernel, without synchronisation; elsewhere it
    loops over the groups that occur.

    Args:
        x (Tensor): the rows.
        weight (Tensor): the matrices.
        group (Tensor): the matrix of every row, in ascending order.
        transpose (bool, optional): multiply with
            :math:`\mathbf{W}_{g_i}^{\top}` instead. (default: :obj:`False`)

    Shapes:
        - **input:** :math:`(N, F)`, :math:`(G, F', F)` and :math:`(N)`
        - **output:** :math:`(N, F')`
    """
    out: Tensor = _grouped_matmul(x, weight, group, transpose)
    return out


@torch.library.custom_op("gmert_pyg::grouped_matmul", mutates_args=())
def _grouped_matmul(
    x: Tensor, weight: Tensor, group: Tensor, transpose: bool
) -> Tensor:
    right = weight if transpose else weight.transpose(1, 2)
    if _has_kernel(x, weight):
        ends = _ends(group, weight.size(0))
        return F.grouped_mm(x, right, offs=ends)
    out = x.new_empty(x.size(0), right.size(2))
    for index, rows in slices(group):
        torch.mm(x[rows], right[index], out=out[rows])
    return out


@_grouped_matmul.register_fake
def _(x: Tensor, weight: Tensor, group: Tensor, transpose: bool) -> Tensor:
    return x.new_empty(x.size(0), weight.size(2 if transpose else 1))


@torch.library.custom_op("gmert_pyg::grouped_outer", mutates_args=())
def _grouped_outer(
    a: Tensor, b: Tensor, group: Tensor, num_groups: int
) -> Tensor:
    r"""Sum :math:`\mathbf{a}_i \mathbf{b}_i^{\top}` over every group."""
    if _has_kernel(a, b):
        return F.grouped_mm(a.t(), b, offs=_ends(group, num_groups))
    out = a.new_zeros(num_groups, a.size(1), b.size(1))
    for index, rows in slices(group):
        torch.mm(a[rows].t(), b[rows], out=out[index])
    return out


@_grouped_outer.register_fake
def _(a: Tensor, b: Tensor, group: Tensor, num_groups: int) -> Tensor:
    return a.new_empty(num_groups, a.size(1), b.size(1))


def _setup(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    x, weight, group, ctx.transpose = inputs
    ctx.save_for_backward(x, weight, group)


def _backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
    x, weight, group = ctx.saved_tensors
    needs_x, needs_weight, _, _ = ctx.needs_input_grad
    grad = grad.contiguous()
    grad_x, grad_weight = None, None
    if needs_x:
        grad_x = grouped_matmul(grad, weight, group, not ctx.transpose)
    if needs_weight:
        pair = (x, grad) if ctx.transpose else (grad, x)
        grad_weight = _grouped_outer(*pair, group, weight.size(0))
    return grad_x, grad_weight, None, None


_grouped_matmul.register_autograd(_backward, setup_context=_setup)


def slices(group: Tensor) -> Iterator[tuple[int, slice]]:
    """Return the groups that occur, each with its rows."""
    index, count = group.unique_consecutive(return_counts=True)
    start = 0
    pairs: list[tuple[int, int]] = torch.stack([index, count], dim=1).tolist()
    for number, size in pairs:
        yield number, slice(start, start + size)
        start += size


def _has_kernel(x: Tensor, y: Tensor) -> bool:
    """Whether one kernel multiplies all groups.

    It wants rows that start at multiples of 16 bytes.
    """
    return (
        x.is_cuda
        and x.dtype == torch.bfloat16
        and x.size(0) > 0
        and x.size(-1) % 8 == 0
        and y.size(-1) % 8 == 0
        and torch.cuda.get_device_capability(x.device) >= (8, 0)
    )


def _ends(group: Tensor, num_groups: int) -> Tensor:
    groups = torch.arange(num_groups, device=group.device)
    return torch.searchsorted(group, groups, right=True, out_int32=True)
