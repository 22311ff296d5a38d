"""Checks of what a layer for typed edges is given."""

from __future__ import annotations

import torch
from torch import Tensor


def check_inputs(
    x: tuple[Tensor, Tensor],
    edge_index: Tensor,
    edge_type: Tensor,
    size: tuple[int, int] | None,
    weight: Tensor,
) -> None:
    """Check shapes and types, without a look at the values.

    Args:
        x ((Tensor, Tensor)): the features of sources and targets.
        edge_index (Tensor): the edges.
        edge_type (Tensor): the relation of every edge.
        size ((int, int), optional): the numbers of source and target nodes.
        weight (Tensor): a parameter whose last dimension is that of features.

    Raises:
        ValueError: if one of them does not fit.
    """
    sizes = (x[0].size(0), x[1].size(0))
    if size is not None and tuple(size) != sizes:
        raise ValueError(f"'size' must be {sizes} (got {tuple(size)})")
    if edge_index.dim() != 2 or edge_index.size(0) != 2:
        raise ValueError(
            "'edge_index' must be of shape (2, E) "
            f"(got {tuple(edge_index.shape)})"
        )
    if tuple(edge_type.shape) != (edge_index.size(1),):
        raise ValueError(
            f"'edge_type' must be of shape ({edge_index.size(1)},) "
            f"(got {tuple(edge_type.shape)})"
        )
    for name, index in (("edge_index", edge_index), ("edge_type", edge_type)):
        if index.dtype not in (torch.int, torch.long):
            raise ValueError(
                f"'{name}' must be of type torch.long (got {index.dtype})"
            )
    for features in x:
        _check_features(features, weight)


def _check_features(x: Tensor, weight: Tensor) -> None:
    if x.dim() != 2 or x.size(1) != weight.size(-1):
        raise ValueError(
            f"'x' must be of shape (N, {weight.size(-1)}) "
            f"(got {tuple(x.shape)})"
        )
    is_mixed = torch.is_autocast_enabled(x.device.type)
    if x.dtype != weight.dtype and not is_mixed:
        raise ValueError(
            f"'x' must be of the parameters' type {weight.dtype} "
            f"(got {x.dtype})"
        )
