"""One matrix product per group of rows, with matrices made from bases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from gmert_pyg.nn.conv.grouped_matmul import slices

CHUNK_BYTES = 2**24
"""How much of the matrices exists at a time."""


def basis_matmul(
    x: Tensor,
    basis: Tensor,
    comp: Tensor,
    group: Tensor,
    transpose: bool = False,
) -> Tensor:
    r"""Multiply every row with the matrix of its group, a combination of bases,
    :math:`\mathbf{W}_{g_i} \mathbf{x}_i` with :math:`\mathbf{W}_g =
    \sum_{b=1}^B c_{gb} \mathbf{B}_b`.

    The matrices of the groups that occur are made a few at a time, in the
    forward and again in the backward pass: all of them never exist at once.

    Args:
        x (Tensor): the rows.
        basis (Tensor): the bases.
        comp (Tensor): the coefficients :math:`c_{gb}`.
        group (Tensor): the matrix of every row, in ascending order.
        transpose (bool, optional): multiply with
            :math:`\mathbf{W}_{g_i}^{\top}` instead. (default: :obj:`False`)

    Shapes:
        - **input:** :math:`(N, F)`, :math:`(B, F', F)`, :math:`(G, B)` and
          :math:`(N)`
        - **output:** :math:`(N, F')`
    """
    out: Tensor = _basis_matmul(x, basis, comp, group, transpose)
    return out


@torch.library.custom_op("gmert_pyg::basis_matmul", mutates_args=())
def _basis_matmul(
    x: Tensor, basis: Tensor, comp: Tensor, group: Tensor, transpose: bool
) -> Tensor:
    out = x.new_empty(x.size(0), basis.size(2 if transpose else 1))
    for matrices, _, rows in _chunks(basis, comp, group):
        for matrix, some in zip(matrices, rows, strict=True):
            right = matrix if transpose else matrix.t()
            torch.mm(x[some], right, out=out[some])
    return out


@_basis_matmul.register_fake
def _(
    x: Tensor, basis: Tensor, comp: Tensor, group: Tensor, transpose: bool
) -> Tensor:
    return x.new_empty(x.size(0), basis.size(2 if transpose else 1))


@torch.library.custom_op("gmert_pyg::basis_matmul_backward", mutates_args=())
def _basis_matmul_backward(
    grad: Tensor,
    x: Tensor,
    basis: Tensor,
    comp: Tensor,
    group: Tensor,
    transpose: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    grad_x = torch.empty_like(x)
    grad_basis = basis.new_zeros(basis.shape)
    grad_comp = comp.new_zeros(comp.shape)
    left, right = (x, grad) if transpose else (grad, x)
    flat, grad_flat = basis.flatten(1), grad_basis.flatten(1)
    for matrices, index, rows in _chunks(basis, comp, group):
        for matrix, some in zip(matrices, rows, strict=True):
            back = matrix.t() if transpose else matrix
            torch.mm(grad[some], back, out=grad_x[some])
            # Its matrix is not needed any more, its gradient takes the place.
            torch.mm(left[some].t(), right[some], out=matrix)
        grad_flat.addmm_(comp[index].t(), matrices.flatten(1))
        grad_comp[index] = matrices.flatten(1) @ flat.t()
    return grad_x, grad_basis, grad_comp


@_basis_matmul_backward.register_fake
def _(
    grad: Tensor,
    x: Tensor,
    basis: Tensor,
    comp: Tensor,
    group: Tensor,
    transpose: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    return torch.empty_like(x), torch.empty_like(basis), torch.empty_like(comp)


def _chunks(
    basis: Tensor, comp: Tensor, group: Tensor
) -> Iterator[tuple[Tensor, list[int], tuple[slice, ...]]]:
    """Return the matrices that occur, a few at a time, and their rows."""
    size = basis[0].numel() * basis.element_size()
    at_a_time = max(CHUNK_BYTES // size, 1)
    groups = list(slices(group))
    # One buffer: two chunks never exist at once.
    buffer = basis.new_empty(min(at_a_time, len(groups)), basis[0].numel())
    for start in range(0, len(groups), at_a_time):
        some = groups[start : start + at_a_time]
        index = [number for number, _ in some]
        matrices = buffer[: len(index)]
        torch.mm(comp[index], basis.flatten(1), out=matrices)
        rows = tuple(rows for _, rows in some)
        yield matrices.view(-1, *basis.shape[1:]), index, rows


def _setup(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    *tensors, ctx.transpose = inputs
    ctx.save_for_backward(*tensors)


def _backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
    grads = _basis_matmul_backward(
        grad.contiguous(), *ctx.saved_tensors, ctx.transpose
    )
    return *grads, None, None


_basis_matmul.register_autograd(_backward, setup_context=_setup)
