"""The attention of edges inside their groups, and its gradient."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.utils import softmax


def edge_softmax(score: Tensor, ptr: Tensor, negative_slope: float) -> Tensor:
    """Return the attention of every edge, normalised over its group.

    Args:
        score (Tensor): the scores of sorted edges, before the LeakyReLU.
        ptr (Tensor): where every group begins.
        negative_slope (float): the slope of the LeakyReLU.
    """
    score = F.leaky_relu(at_least_float(score), negative_slope)
    alpha: Tensor = softmax(score, ptr=ptr)
    return alpha


def edge_softmax_backward(
    grad: Tensor,
    alpha: Tensor,
    score: Tensor,
    group: Tensor,
    num_groups: int,
    negative_slope: float,
) -> tuple[Tensor, Tensor]:
    """Return the gradients of the scores of edges, and their sums over groups.

    Args:
        grad (Tensor): the gradient of the attention.
        alpha (Tensor): the attention.
        score (Tensor): the scores, before the LeakyReLU.
        group (Tensor): the group of every edge.
        num_groups (int): the number of groups.
        negative_slope (float): the slope of the LeakyReLU.
    """
    grad = alpha * grad
    total = grad.new_zeros(num_groups).index_add_(0, group, grad)
    grad = grad - alpha * total[group]
    grad = torch.where(score > 0, grad, negative_slope * grad)
    total = grad.new_zeros(num_groups).index_add_(0, group, grad)
    return grad, total


def at_least_float(x: Tensor) -> Tensor:
    """Return scores in the type in which they are normalised."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
