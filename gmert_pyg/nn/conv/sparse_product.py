"""Products with a sparse matrix that is given by its entries."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor


def spmm(
    row: Tensor, col: Tensor, value: Tensor, x: Tensor, num_rows: int
) -> Tensor:
    r"""Multiply a sparse matrix with a dense one,
    :math:`\mathbf{y}_i = \sum_{e : r_e = i} v_e \mathbf{x}_{c_e}`.

    Nothing of the size of the entries times the features is stored, neither
    here nor in the backward pass.

    Args:
        row (Tensor): the row of every entry, in any order.
        col (Tensor): the column of every entry.
        value (Tensor): the value of every entry.
        x (Tensor): the dense matrix.
        num_rows (int): the number of rows; those without entries are zero.

    Shapes:
        - **input:** :math:`(E)`, :math:`(E)`, :math:`(E)` and :math:`(N, F)`
        - **output:** :math:`(M, F)`
    """
    out: Tensor = _spmm(row, col, value, x, num_rows)
    return out


def sddmm(row: Tensor, col: Tensor, a: Tensor, b: Tensor) -> Tensor:
    r"""Return the entries of a product of dense matrices that are asked for,
    :math:`y_e = \mathbf{a}_{r_e}^{\top} \mathbf{b}_{c_e}`.

    Args:
        row (Tensor): the row of `a`, for every entry.
        col (Tensor): the row of `b`, for every entry.
        a (Tensor): a matrix.
        b (Tensor): another.

    Shapes:
        - **input:** :math:`(E)`, :math:`(E)`, :math:`(N, F)` and
          :math:`(M, F)`
        - **output:** :math:`(E)`
    """
    out: Tensor = _sddmm(row, col, a, b)
    return out


@torch.library.custom_op("gmert_pyg::spmm", mutates_args=())
def _spmm(
    row: Tensor, col: Tensor, value: Tensor, x: Tensor, num_rows: int
) -> Tensor:
    row, order = torch.sort(row, stable=True)
    rows = torch.arange(num_rows + 1, device=row.device)
    return F.embedding_bag(
        col[order],
        x,
        torch.searchsorted(row, rows),
        mode="sum",
        per_sample_weights=value[order],
        include_last_offset=True,
    )


@_spmm.register_fake
def _(
    row: Tensor, col: Tensor, value: Tensor, x: Tensor, num_rows: int
) -> Tensor:
    return x.new_empty(num_rows, x.size(1))


@torch.library.custom_op("gmert_pyg::sddmm", mutates_args=())
def _sddmm(row: Tensor, col: Tensor, a: Tensor, b: Tensor) -> Tensor:
    # The gradient of the weights of an embedding bag is this product.
    product = torch.ops.aten._embedding_bag_per_sample_weights_backward
    out: Tensor = product(a.contiguous(), b.contiguous(), col, row, row, 0)
    return out


@_sddmm.register_fake
def _(row: Tensor, col: Tensor, a: Tensor, b: Tensor) -> Tensor:
    return a.new_empty(row.size(0))


def _setup_spmm(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    ctx.save_for_backward(*inputs[:4])


def _backward_spmm(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
    row, col, value, x = ctx.saved_tensors
    _, _, needs_value, needs_x, _ = ctx.needs_input_grad
    grad_value = sddmm(row, col, grad, x) if needs_value else None
    grad_x = spmm(col, row, value, grad, x.size(0)) if needs_x else None
    return None, None, grad_value, grad_x, None


def _setup_sddmm(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    ctx.save_for_backward(*inputs)


def _backward_sddmm(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
    row, col, a, b = ctx.saved_tensors
    _, _, needs_a, needs_b = ctx.needs_input_grad
    grad_a = spmm(row, col, grad, b, a.size(0)) if needs_a else None
    grad_b = spmm(col, row, grad, a, b.size(0)) if needs_b else None
    return None, None, grad_a, grad_b


_spmm.register_autograd(_backward_spmm, setup_context=_setup_spmm)
_sddmm.register_autograd(_backward_sddmm, setup_context=_setup_sddmm)
