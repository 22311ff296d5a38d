"""Attention that distance damps, through PyTorch's fused kernels."""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from gmert_pyg.nn.attention.additive_mask import additive_mask
from gmert_pyg.nn.attention.names import EAGER, SDPA


def sdpa_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    decay: Tensor | None = None,
    decay_bias: Tensor | None = None,
    pair_bias: Tensor | None = None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    r"""The same as :func:`~gmert_pyg.nn.attention.eager.eager_attention`,
    through PyTorch's fused kernels.

    Raises:
        ValueError: if given a factor, which these kernels cannot apply, or
            pairs, which belong into the summand that all layers share.
    """
    if decay is not None:
        raise ValueError(
            f"'attn_implementation' must be '{EAGER}' with decay_mode "
            f"'multiply' (got '{SDPA}')"
        )
    if pair_bias is not None:
        raise ValueError(
            "'pair_bias' must be part of 'decay_bias' in this attention (got "
            f"biases of {pair_bias.size(-1)} pairs)"
        )
    mask = attention_mask
    if decay_bias is not None:
        mask = decay_bias.to(query.dtype)
        if attention_mask is not None:
            mask = mask + additive_mask(attention_mask, mask)
    out = F.scaled_dot_product_attention(
        query, key, value, mask, dropout, scale=scaling
    )
    return out.transpose(1, 2).contiguous(), None
