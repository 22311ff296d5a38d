"""Attention that distance damps, over a packed sequence, in linear memory."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import flex_attention as kernels
from torch.nn.attention.flex_attention import AuxRequest, BlockMask

from gmert_pyg.nn.attention.pair_bias import add_pair_bias, pair_logits
from gmert_pyg.nn.attention.score_mod import (
    Nodes,
    decay_pairs,
    decay_score_mod,
)


def flex_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    *,
    nodes: Nodes,
    block_mask: BlockMask,
    decay_table: Tensor | None = None,
    decay_bias_table: Tensor | None = None,
    pair_index: Tensor | None = None,
    pair_bias: Tensor | None = None,
    sliding_window: int | None = None,
    window_block_mask: BlockMask | None = None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    r"""The same as :func:`~gmert_pyg.nn.attention.eager.eager_attention`, over
    a packed sequence and without any :math:`L \times L` tensor
    (`"FlexAttention" <https://arxiv.org/abs/2412.05496>`_).

    The kernel computes the distance of two tokens from their anchors, types,
    slots and triples, and looks the decay up in a table :math:`\mathbf{T}`:

    .. math::
        l_h(u, v) = \frac{\mathbf{q}_{h, u}^{\top} \mathbf{k}_{h, v}}
        {\sqrt{d/H}} \cdot T_{h, \mathrm{sp}(u, v)} \quad\text{or}\quad
        \frac{\mathbf{q}_{h, u}^{\top} \mathbf{k}_{h, v}}{\sqrt{d/H}} +
        T_{h, \mathrm{sp}(u, v)}

    Pairs with a bias of their own are added afterwards, by
    :func:`~gmert_pyg.nn.attention.pair_bias.add_pair_bias`.

    On CUDA the kernels are compiled, anew for every :math:`L`; gradients of the
    table are summed by atomic additions, whose order is not fixed. On the CPU
    this form is for inference and comparison: it is dense there, and has no
    gradients.

    Args:
        module (torch.nn.Module): the layer.
        query (Tensor): the queries.
        key (Tensor): the keys.
        value (Tensor): the values.
        attention_mask (Tensor, optional): ignored, as :obj:`block_mask` says
            everything.
        scaling (float, optional): the factor of the logits.
            (default: :math:`1 / \sqrt{d/H}`)
        dropout (float, optional): must be 0. (default: :obj:`0.0`)
        nodes (tuple[Tensor, ...]): anchor, type, slot and triple of the tokens.
        block_mask (BlockMask): which tokens attend to which.
        decay_table (Tensor, optional): the factor of every head and distance.
        decay_bias_table (Tensor, optional): the summand of every head and
            distance.
        pair_index (Tensor, optional): pairs :math:`(u, v)` as :math:`u L + v`,
            none of them twice unless without bias.
        pair_bias (Tensor, optional): their summands.
        sliding_window (int, optional): what layers have that attend only to
            positions less than this apart.
        window_block_mask (BlockMask, optional): the mask of such layers.
        **kwargs (optional): what other attention functions need.

    Shapes:
        - **input:** :math:`(1, H, L, d/H)` each with :math:`L` a multiple of
          128; nodes :math:`(L)` each; table :math:`(H, D)`; pairs :math:`(P)`
          and :math:`(H, P)`
        - **output:** :math:`(1, L, H, d/H)`, and no weights

    Raises:
        ValueError: if asked for dropout, or for gradients on the CPU.
    """
    check_dropout(dropout)
    check_device(query, key, value)
    if sliding_window is None or window_block_mask is None:
        sliding_window = None
    else:
        block_mask = window_block_mask
    scaling = query.size(-1) ** -0.5 if scaling is None else scaling
    score_mod = decay_score_mod(nodes, decay_table, decay_bias_table)
    kernel = _kernel(query.device.type)
    arguments = query, key, value, score_mod, block_mask, scaling
    if pair_index is None or pair_bias is None:
        out = kernel(*arguments)
        return out.transpose(1, 2).contiguous(), None
    out, aux = kernel(*arguments, return_aux=AuxRequest(lse=True))
    q, k = pair_index // query.size(2), pair_index % query.size(2)
    logits = pair_logits(query[0], key[0], q, k, scaling)
    logits = decay_pairs(logits, nodes, decay_table, decay_bias_table, q, k)
    if sliding_window is not None:
        position = nodes[0]
        far = (position[q] - position[k]).abs() >= sliding_window
        logits = logits.masked_fill(far, -torch.inf)
    out = add_pair_bias(out[0], aux.lse[0], value[0], logits, pair_bias, q, k)
    return out.transpose(0, 1)[None].contiguous(), None


def check_dropout(dropout: float) -> None:
    """Refuse what these kernels do not have.

    Raises:
        ValueError: if dropout is asked for.
    """
    if dropout > 0:
        raise ValueError(
            "'attention' must be 'eager' or 'sdpa' to drop attention weights: "
            "train 'flex' with attention_probs_dropout_prob=0 (RoBERTa, BERT) "
            f"or attention_dropout=0 (ModernBERT) (got {dropout})"
        )


def check_device(query: Tensor, key: Tensor, value: Tensor) -> None:
    """Refuse gradients where these kernels have none.

    Raises:
        ValueError: if gradients on the CPU are asked for.
    """
    if query.device.type != "cpu" or not torch.is_grad_enabled():
        return
    if query.requires_grad or key.requires_grad or value.requires_grad:
        raise ValueError(
            "'attention' must be 'eager' or 'sdpa' for gradients on the CPU, "
            "or the model run under torch.no_grad() (got 'flex')"
        )


def _kernel(device: str) -> Callable[..., Any]:
    if device == "cpu" or torch.compiler.is_compiling():
        return kernels.flex_attention
    return _compiled_kernel()


@cache
def _compiled_kernel() -> Callable[..., Any]:
    # A whole graph or an error: the uncompiled form takes quadratic memory.
    return torch.compile(kernels.flex_attention, dynamic=False, fullgraph=True)
