"""Masks of attention as summands."""

from __future__ import annotations

import torch
from torch import Tensor


def additive_mask(mask: Tensor, like: Tensor) -> Tensor:
    """Return a mask as summands of logits of the type of `like`."""
    if mask.dtype != torch.bool:
        return mask
    # The least finite value, not -inf: a row of padding must not become NaN.
    lowest = torch.finfo(like.dtype).min
    return torch.zeros_like(mask, dtype=like.dtype).masked_fill_(~mask, lowest)
