"""Untrained encoders whose layers start near the identity."""

from __future__ import annotations

import torch
from torch import nn

# Where RoBERTa and BERT project attention and feed-forward back to the states.
_LAST_OF_BRANCH = "output.dense.weight"


@torch.no_grad()
def damp_residual_branches(encoder: nn.Module, scale: float) -> int:
    r"""Let every layer of an untrained encoder start near the identity.

    A layer with normalisation behind the sum computes
    :math:`\mathrm{LN}(x + f(x))`. Drawn as usual, the branches :math:`f` of
    many layers together outweigh the token that a state began as, and a short
    training from scratch does not get beyond the frequencies of tokens. The
    last weight of every branch is multiplied by `scale`, the idea of
    `"Improving Deep Transformer with Depth-Scaled Initialization and Merged
    Attention" <https://arxiv.org/abs/1908.11365>`_; the architecture stays as
    it is.

    Args:
        encoder (Module): An encoder of the RoBERTa or BERT family, or a model
            that has one; changed in place.
        scale (float): The factor, at most 1, which changes nothing.

    Returns:
        The number of branches, two per layer.

    Raises:
        ValueError: if `scale` is not in (0, 1], or there are no branches under
            the names of these families.

    Example:
        >>> from gmert_pyg import GraphMertConfig, GraphMertModel
        >>> model = GraphMertModel(GraphMertConfig.small(vocab_size=10))
        >>> damp_residual_branches(model.backbone, 0.1)
        8
    """
    if not 0 < scale <= 1:
        raise ValueError(f"'scale' must be in (0, 1] (got {scale})")
    last = [
        weight
        for name, weight in encoder.named_parameters()
        if name.endswith(_LAST_OF_BRANCH)
    ]
    if not last:
        raise ValueError(
            "'encoder' must be of the RoBERTa or BERT family (got"
            f" {type(encoder).__name__})"
        )
    for weight in last:
        weight.mul_(scale)
    return len(last)
