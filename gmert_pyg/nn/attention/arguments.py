"""What a GraphMERT model passes to the attention functions of its backbone."""

from __future__ import annotations

import torch
from torch import Tensor

from gmert_pyg.nn.configuration import GraphMertConfig
from gmert_pyg.nn.distance import chain_distance, lookup_decay


def decay_arguments(
    config: GraphMertConfig, offset: Tensor, nodes: Tensor, length: int
) -> dict[str, Tensor]:
    r"""Compute the decay, once for all layers.

    Args:
        config (GraphMertConfig): the configuration.
        offset (Tensor): the offset of every head.
        nodes (Tensor): anchor, type, slot and triple of every node.
        length (int): the number :math:`L` of places.

    Shapes:
        - **input:** :math:`(H)` and :math:`(B, L, 4)`
        - **output:** :math:`(B, H, L, L)`
    """
    bias = config.decay_mode == "bias"
    decay = lookup_decay(
        chain_distance(*nodes.unbind(dim=2)),
        offset,
        # Anchors stay below the number of nodes; a leaf adds 1 at each end.
        length + 2,
        config.decay_base,
        config.distance_shift,
        log=bias,
        dtype=_autocast_dtype(offset.device.type),
    )
    return {"decay_bias" if bias else "decay": decay}


def _autocast_dtype(device: str) -> torch.dtype | None:
    if not torch.is_autocast_enabled(device):
        return None
    return torch.get_autocast_dtype(device)
