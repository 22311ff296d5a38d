"""Attention functions that let distance damp attention.

They are registered with transformers, so that any encoder which calls its
attention through the `AttentionInterface` can be a GraphMERT backbone.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import AttentionInterface, PreTrainedModel
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

from gmert_pyg.nn.dropout import fast_dropout

EAGER = "graphmert_eager"
SDPA = "graphmert_sdpa"


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
    attention_calls: list[str] | None = None,
    **kwargs: Any,
) -> tuple[Tensor, Tensor]:
    r"""Attention of `"GraphMERT" <https://arxiv.org/abs/2510.09580>`_: the
    reference form.

    .. math::
        \mathrm{softmax} \left( \frac{\mathbf{Q} \mathbf{K}^{\top}}{\sqrt{d/H}}
        \odot f + \log g + \mathbf{M} \right) \mathbf{V}

    where :math:`f` is :obj:`decay`, :math:`\log g` is :obj:`decay_bias` (of the
    two, one is given) and :math:`\mathbf{M}` masks the padding. The mask comes
    last: a factor would scale it.

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
        attention_calls (list[str], optional): receives one entry per call.
        **kwargs (optional): what other attention functions need.

    Shapes:
        - **input:** :math:`(B, H, L, d/H)` each; the decay
          :math:`(B, H, L, L)`, the mask broadcastable to it
        - **output:** :math:`(B, L, H, d/H)` and the weights
          :math:`(B, H, L, L)`
    """
    if attention_calls is not None:
        attention_calls.append(EAGER)
    scaling = query.size(-1) ** -0.5 if scaling is None else scaling
    logits = torch.matmul(query * scaling, key.transpose(2, 3))
    if decay is not None:
        logits = logits * decay.to(logits.dtype)
    # In place, which autograd allows: neither product needs its own result.
    if decay_bias is not None:
        logits += decay_bias.to(logits.dtype)
    if attention_mask is not None:
        logits += _additive(attention_mask, logits)
    weights = fast_dropout(logits.softmax(dim=-1), dropout, module.training)
    out = torch.matmul(weights, value)
    return out.transpose(1, 2).contiguous(), weights


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
    attention_calls: list[str] | None = None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    r"""The same as :meth:`eager_attention`, through PyTorch's fused kernels.

    Raises:
        ValueError: if given a factor, which these kernels cannot apply.
    """
    if attention_calls is not None:
        attention_calls.append(SDPA)
    if decay is not None:
        raise ValueError(
            f"'attn_implementation' must be '{EAGER}' with decay_mode "
            f"'multiply' (got '{SDPA}')"
        )
    mask = attention_mask
    if decay_bias is not None:
        mask = decay_bias.to(query.dtype)
        if attention_mask is not None:
            mask = mask + _additive(attention_mask, mask)
    out = F.scaled_dot_product_attention(
        query, key, value, mask, dropout, scale=scaling
    )
    return out.transpose(1, 2).contiguous(), None


def select_attention(backbone: PreTrainedModel, requested: str | None) -> None:
    """Make a backbone call our attention; it is not stored in a config.json.

    Raises:
        ValueError: if the backbone ignores the choice of an attention function.
    """
    if not backbone._can_set_attn_implementation():
        refuse(backbone)
    name = requested if requested in (EAGER, SDPA) else EAGER
    backbone.set_attn_implementation(name)


def refuse(backbone: nn.Module) -> None:
    """Refuse a backbone that would silently ignore the decay.

    Raises:
        ValueError: always.
    """
    raise ValueError(
        "'backbone_config' must be of an encoder whose attention goes through "
        "transformers' AttentionInterface, or 'decay' be False "
        f"(got {type(backbone).__name__})"
    )


def _additive(mask: Tensor, like: Tensor) -> Tensor:
    if mask.dtype != torch.bool:
        return mask
    # The least finite value, not -inf: a row of padding must not become NaN.
    lowest = torch.finfo(like.dtype).min
    return torch.zeros_like(mask, dtype=like.dtype).masked_fill_(~mask, lowest)


for _name, _function in ((EAGER, eager_attention), (SDPA, sdpa_attention)):
    AttentionInterface.register(_name, _function)
    # Without a mask function of the same name, padding is silently attended to.
    AttentionMaskInterface.register(_name, sdpa_mask)
