"""Losses that are sums over items, divided by how many there are."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from gmert_pyg.nn.classification_loss import in_full

# Per kind of item, what to divide the sum of its losses by: None stands for the
# number in the batch at hand.
NumbersOfItems = Sequence[Tensor | None]


def numbers_of_items(
    num_items: Tensor | None, num_kinds: int
) -> NumbersOfItems:
    """Return what to divide the losses by: a number per kind, at least 1.

    Raises:
        ValueError: if there are more numbers, or fewer.
    """
    if num_items is None:
        return (None,) * num_kinds
    if num_items.shape != (num_kinds,):
        raise ValueError(
            f"'num_items_in_batch' must have shape {(num_kinds,)} (got "
            f"{tuple(num_items.shape)})"
        )
    return num_items.clamp(min=1).unbind()


def cross_entropy(
    logits: Tensor, labels: Tensor, num_items: Tensor | None
) -> Tensor:
    """Return the cross-entropy over all rows, summed, per item.

    Args:
        logits (Tensor): :math:`[M, C]`.
        labels (Tensor): :math:`[M]`.
        num_items (Tensor, optional): what to divide by, if not by :math:`M`.
    """
    # A sum over a count, not a mean: without items it is 0 rather than NaN.
    total = F.cross_entropy(in_full(logits), labels, reduction="sum")
    return total / (max(labels.numel(), 1) if num_items is None else num_items)


def mean_where(
    losses: Tensor, keep: Tensor, num_items: Tensor | None
) -> Tensor:
    """Return the sum of the losses that are kept, per item.

    Args:
        losses (Tensor): :math:`[M]`.
        keep (Tensor): :math:`[M]`, bool.
        num_items (Tensor, optional): what to divide by, if not by how many are
            kept.
    """
    if num_items is None:
        num_items = keep.sum().clamp(min=1)
    return (losses * keep).sum() / num_items


def total_loss(x: Tensor, *losses: Tensor | None) -> Tensor:
    """Return the sum of the losses that there are, on the device of `x`."""
    given = [loss for loss in losses if loss is not None]
    return torch.stack(given).sum() if given else x.new_zeros(())
