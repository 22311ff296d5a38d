"""Summands of a few pairs of attention logits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from gmert_pyg.nn.attention.names import SDPA

Positions = tuple[Tensor, Tensor, Tensor, Tensor]


def add_pairs_(logits: Tensor, pair_index: Tensor, pair_bias: Tensor) -> Tensor:
    r"""Add biases to the logits of the pairs that have one, in place.

    The gradient of a bias is gathered from that of the logits: nothing of their
    size is stored.

    Args:
        logits (Tensor): the logits.
        pair_index (Tensor): positions in the flattened :math:`(B, L, L)`, each
            once.
        pair_bias (Tensor): the bias of every head at these positions.

    Shapes:
        - **input:** :math:`(B, H, L, L)`, :math:`(P)` and :math:`(H, P)`
        - **output:** :math:`(B, H, L, L)`
    """
    # Positions differ, so nothing accumulates; but only with that flag does the
    # gradient pass through as it is, without a copy.
    return logits.index_put_(
        _positions(logits, pair_index),
        pair_bias.to(logits.dtype),
        accumulate=True,
    )


def pair_arguments(
    arguments: Mapping[str, Any],
    pair_index: Tensor,
    pair_bias: Tensor,
    places: tuple[int, int],
    implementation: str | None,
) -> dict[str, Any]:
    r"""Put the biases of pairs into the arguments of the attention function.

    Where all layers share a summand, the biases join it, once. Without one,
    each layer adds them to its own logits, except that fused kernels, which
    never show their logits, need a summand.

    Args:
        arguments (Mapping): the arguments so far.
        pair_index (Tensor): the pairs.
        pair_bias (Tensor): their biases.
        places (tuple[int, int]): the numbers :math:`B` of graphs and :math:`L`
            of places.
        implementation (str, optional): the name of the attention function.
    """
    summand = arguments.get("decay_bias")
    if summand is None and implementation != SDPA:
        return {"pair_index": pair_index, "pair_bias": pair_bias}
    if summand is None:
        graphs, length = places
        shape = (graphs, pair_bias.size(0), length, length)
        summand = pair_bias.new_zeros(shape)
    # One copy for all layers: a looked-up decay cannot be changed in place.
    summand = summand.index_put(
        _positions(summand, pair_index),
        pair_bias.to(summand.dtype),
        accumulate=True,
    )
    return {"decay_bias": summand}


def _positions(logits: Tensor, pair_index: Tensor) -> Positions:
    """Return graph, head, query and key of every pair, to be broadcast."""
    length = logits.size(-1)
    query = pair_index.div(length, rounding_mode="floor")
    head = torch.arange(logits.size(1), device=logits.device)
    return (
        query.div(length, rounding_mode="floor"),
        head[:, None],
        query % length,
        pair_index % length,
    )
