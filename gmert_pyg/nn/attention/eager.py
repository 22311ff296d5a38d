"""Attention that distance damps: the reference, which other forms equal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from gmert_pyg.nn.attention.additive_mask import additive_mask
from gmert_pyg.nn.attention.pairs import add_pairs_
from gmert_pyg.nn.dropout import fast_dropout


def eager_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    decay: Tensor | None = None,
    decay_bias: Tensor | None = None,
    pair_index: Tensor | None = None,
    pair_bias: Tensor | None = None,
    record_weights: Callable[[Tensor], None] | None = None,
    **kwargs: Any,
) -> tuple[Tensor, Tensor]:
    r"""Attention of `"GraphMERT" <https://arxiv.org/abs/2510.09580>`_: the
    reference form.

    .. math::
        \mathrm{softmax} \left( \frac{\mathbf{Q} \mathbf{K}^{\top}}{\sqrt{d/H}}
        \odot f + \log g + \mathbf{b} + \mathbf{M} \right) \mathbf{V}

    where :math:`f` is :obj:`decay`, :math:`\log g` is :obj:`decay_bias` (of the
    two, one at most is given), :math:`\mathbf{b}` is :obj:`pair_bias` at the
    pairs :obj:`pair_index` and 0 elsewhere, and :math:`\mathbf{M}` masks the
    padding. Mask and biases come after the factor, which would scale them.

    Args:
        module (torch.nn.Module): the layer, for its training flag.
        query (Tensor): the queries.
        key (Tensor): the keys.
        value (Tensor): the values.
        attention_mask (Tensor, optional): :obj:`True`, or 0, where a key may be
            attended to.
        scaling (float, optional): the factor of the logits.
            (default: :math:`1 / \sqrt{d/H}`)
        dropout (float, optional): the dropout of the weights.
            (default: :obj:`0.0`)
        decay (Tensor, optional): the factor :math:`f`.
        decay_bias (Tensor, optional): the summand :math:`\log g`.
        pair_index (Tensor, optional): positions in the flattened
            :math:`(B, L, L)`, each once.
        pair_bias (Tensor, optional): the summand of every head there.
        record_weights (callable, optional): receives the weights of every call.
        **kwargs (optional): what other attention functions need.

    Shapes:
        - **input:** :math:`(B, H, L, d/H)` each; the decay
          :math:`(B, H, L, L)`, the mask broadcastable to it; pairs
          :math:`(P)` and :math:`(H, P)`
        - **output:** :math:`(B, L, H, d/H)` and the weights
          :math:`(B, H, L, L)`
    """
    scaling = query.size(-1) ** -0.5 if scaling is None else scaling
    logits = torch.matmul(query * scaling, key.transpose(2, 3))
    if decay is not None:
        logits = logits * decay.to(logits.dtype)
    # In place, which autograd allows: neither product needs its own result.
    if decay_bias is not None:
        logits += decay_bias.to(logits.dtype)
    if pair_index is not None and pair_bias is not None:
        logits = add_pairs_(logits, pair_index, pair_bias)
    if attention_mask is not None:
        logits += additive_mask(attention_mask, logits)
    weights = logits.softmax(dim=-1)
    if record_weights is not None:
        record_weights(weights)
    weights = fast_dropout(weights, dropout, module.training)
    out = torch.matmul(weights, value)
    return out.transpose(1, 2).contiguous(), weights
