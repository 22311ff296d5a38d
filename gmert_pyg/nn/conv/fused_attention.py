"""Attention, weighted sum and matrix product of groups of edges in one go."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from gmert_pyg.nn.conv.edge_groups import EdgeGroups
from gmert_pyg.nn.conv.edge_softmax import (
    at_least_float,
    edge_softmax,
    edge_softmax_backward,
)
from gmert_pyg.nn.conv.grouped_matmul import slices
from gmert_pyg.nn.conv.sparse_product import sddmm, spmm

CHUNK = 2**17
"""How many numbers of the weighted sums exist at a time: they stay in cache."""


def fused_attention(
    x: Tensor,
    att_dst: Tensor,
    att_src: Tensor,
    weight: Tensor,
    matrix: Tensor,
    source: Tensor,
    groups: EdgeGroups,
    negative_slope: float,
) -> tuple[Tensor, Tensor]:
    r"""Attend to the sources of every group, and multiply their sums.

    .. math::
        \mathbf{y}_i = \sum_{g : t_g = i} \mathbf{W}_{m_g} \sum_{e \in g}
        \alpha_e \mathbf{x}_{s_e}, \qquad
        \alpha_e = \underset{e \in g}{\mathrm{softmax}} \; \mathrm{LeakyReLU}
        \left( \mathbf{u}_{p_g}^{\top} \mathbf{x}_{t_g} +
        \mathbf{v}_{p_g}^{\top} \mathbf{x}_{s_e} \right)

    Most of the time that is not spent in the matrix product goes into memory
    that is new. So the sums and products of the groups exist a few at a time,
    the backward pass makes the sums again, and it writes the gradient of the
    nodes, which has three parts, in one sparse product.

    Args:
        x (Tensor): the nodes.
        att_dst (Tensor): :math:`\mathbf{u}`, for the relations that occur.
        att_src (Tensor): :math:`\mathbf{v}`, for them too.
        weight (Tensor): the matrices.
        matrix (Tensor): the matrix :math:`m_g` of every group, ascending.
        source (Tensor): the source :math:`s_e` of every sorted edge.
        groups (EdgeGroups): the groups of edges.
        negative_slope (float): the slope of the LeakyReLU.

    Shapes:
        - **input:** :math:`(N, F)`, :math:`(P, F)`, :math:`(P, F)`,
          :math:`(M, F, F)`, :math:`(|\mathcal{G}|)` and :math:`(E)`
        - **output:** :math:`(N, F)` and :math:`(E)`
    """
    out, alpha, _ = _fused_attention(
        x,
        att_dst,
        att_src,
        weight,
        matrix,
        source,
        groups.group,
        groups.ptr,
        groups.target,
        groups.position,
        negative_slope,
    )
    return out, alpha


@torch.library.custom_op("gmert_pyg::fused_attention", mutates_args=())
def _fused_attention(
    x: Tensor,
    att_dst: Tensor,
    att_src: Tensor,
    weight: Tensor,
    matrix: Tensor,
    source: Tensor,
    group: Tensor,
    ptr: Tensor,
    target: Tensor,
    position: Tensor,
    negative_slope: float,
) -> tuple[Tensor, Tensor, Tensor]:
    score = sddmm(target, position, x, att_dst)
    score = score[group] + sddmm(source, position[group], x, att_src)
    alpha = edge_softmax(score, ptr, negative_slope)
    out = weight.new_zeros(x.size(0), weight.size(1))
    value, buffer = alpha.to(x.dtype), weight.new_empty(_step(x), x.size(1))
    for rows, edges, parts in _chunks(matrix, ptr, _step(x)):
        sums = _sum(x, source, value, ptr[rows], edges).to(weight.dtype)
        products = buffer[: sums.size(0)]
        for index, some in parts:
            torch.mm(sums[some], weight[index].t(), out=products[some])
        out.index_add_(0, target[rows], products)
    return out, alpha, score


@_fused_attention.register_fake
def _(
    x: Tensor,
    att_dst: Tensor,
    att_src: Tensor,
    weight: Tensor,
    matrix: Tensor,
    source: Tensor,
    *_: Any,
) -> tuple[Tensor, Tensor, Tensor]:
    score = x.new_empty(source.size(0))
    out = weight.new_empty(x.size(0), weight.size(1))
    return out, torch.empty_like(at_least_float(score)), score


@torch.library.custom_op("gmert_pyg::fused_attention_backward", mutates_args=())
def _fused_attention_backward(
    grad: Tensor,
    grad_alpha: Tensor,
    x: Tensor,
    att_dst: Tensor,
    att_src: Tensor,
    weight: Tensor,
    matrix: Tensor,
    source: Tensor,
    group: Tensor,
    ptr: Tensor,
    target: Tensor,
    position: Tensor,
    alpha: Tensor,
    score: Tensor,
    negative_slope: float,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    value, grad_weight = alpha.to(x.dtype), torch.zeros_like(weight)
    # The gradients of the sums, and below them both kinds of vectors.
    num_groups, num_relations = target.size(0), att_src.size(0)
    table = weight.new_empty(num_groups + 2 * num_relations, x.size(1))
    table[num_groups:] = torch.cat([att_src, att_dst])
    # Gradients of matrices are sums over rows, which are fast when long.
    for rows, edges, parts in _chunks(matrix, ptr, 4 * _step(x)):
        sums = _sum(x, source, value, ptr[rows], edges).to(weight.dtype)
        some_grad = grad.index_select(0, target[rows])
        for index, some in parts:
            torch.mm(some_grad[some], weight[index], out=table[rows][some])
            grad_weight[index].addmm_(some_grad[some].t(), sums[some])
    table = table.to(x.dtype)

    grad_alpha = grad_alpha + sddmm(group, source, table[:num_groups], x)
    grad_edge, grad_group = edge_softmax_backward(
        grad_alpha, alpha, score, group, num_groups, negative_slope
    )
    grad_edge, grad_group = grad_edge.to(x.dtype), grad_group.to(x.dtype)
    relation = position[group]
    rows_of_x = torch.cat([source, source, target])
    second, third = num_groups, num_groups + num_relations
    columns = torch.cat([group, relation + second, position + third])
    values = torch.cat([value, grad_edge, grad_group])
    return (
        spmm(rows_of_x, columns, values, table, x.size(0)),
        spmm(position, target, grad_group, x, num_relations),
        spmm(relation, source, grad_edge, x, num_relations),
        grad_weight,
    )


@_fused_attention_backward.register_fake
def _(
    grad: Tensor,
    grad_alpha: Tensor,
    x: Tensor,
    att_dst: Tensor,
    att_src: Tensor,
    weight: Tensor,
    *_: Any,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    return (
        torch.empty_like(x),
        torch.empty_like(att_dst),
        torch.empty_like(att_src),
        torch.empty_like(weight),
    )


def _sum(
    x: Tensor, source: Tensor, value: Tensor, ptr: Tensor, edges: slice
) -> Tensor:
    """Return the weighted sums of some groups."""
    return F.embedding_bag(
        source[edges],
        x,
        ptr - edges.start,
        mode="sum",
        per_sample_weights=value[edges],
    )


def _step(x: Tensor) -> int:
    return max(CHUNK // x.size(1), 1)


def _chunks(
    matrix: Tensor, ptr: Tensor, step: int
) -> Iterator[tuple[slice, slice, list[tuple[int, slice]]]]:
    """Return some groups at a time, their edges, and where each matrix acts."""
    starts = [*range(0, matrix.size(0), step), matrix.size(0)]
    edges: list[int] = ptr[starts].tolist()
    parts: list[list[tuple[int, slice]]] = [[] for _ in starts[1:]]
    for index, rows in slices(matrix):
        for start in range(rows.start // step * step, rows.stop, step):
            first = max(rows.start, start) - start
            last = min(rows.stop - start, step)
            parts[start // step].append((index, slice(first, last)))
    rows_of, edges_of = (
        [slice(*ends) for ends in pairwise(limits)]
        for limits in (starts, edges)
    )
    yield from zip(rows_of, edges_of, parts, strict=True)


def _setup(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
    *tensors, ctx.negative_slope = inputs
    _, alpha, score = output
    ctx.mark_non_differentiable(score)
    ctx.save_for_backward(*tensors, alpha, score)


def _backward(
    ctx: Any, grad: Tensor, grad_alpha: Tensor, _: Any
) -> tuple[Tensor | None, ...]:
    grads = _fused_attention_backward(
        grad, grad_alpha, *ctx.saved_tensors, ctx.negative_slope
    )
    return *grads, *[None] * 7


_fused_attention.register_autograd(_backward, setup_context=_setup)
