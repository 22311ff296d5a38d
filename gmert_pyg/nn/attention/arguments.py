"""What a GraphMERT model passes to the attention functions of its backbone."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gmert_pyg.nn.attention.block_mask import document_block_mask
from gmert_pyg.nn.attention.encoder_mask import local_window
from gmert_pyg.nn.attention.pair_bias import pad_pairs
from gmert_pyg.nn.attention.score_mod import Nodes
from gmert_pyg.nn.configuration import GraphMertConfig
from gmert_pyg.nn.distance import chain_distance, decay_table, lookup_decay
from gmert_pyg.nn.packed_batch import PackedBatch


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


def packed_arguments(
    config: GraphMertConfig,
    offset: Tensor | None,
    nodes: Tensor,
    layout: PackedBatch,
    pairs: tuple[Tensor, Tensor] | None = None,
    query: Tensor | None = None,
) -> dict[str, Any]:
    r"""Compute the table of the decay and the block masks, once for all layers.

    Args:
        config (GraphMertConfig): the configuration.
        offset (Tensor, optional): the offset of every head, if there is a
            decay.
        nodes (Tensor): anchor, type, slot and triple of every token.
        layout (PackedBatch): where the nodes stand.
        pairs (tuple[Tensor, Tensor], optional): pairs with a bias of their
            own, and these biases; padded to a multiple of :math:`L`.
        query (Tensor, optional): the query that every token belongs to.

    Shapes:
        - **input:** :math:`(H)`, :math:`(1, L, 4)` and :math:`(1, L)`
        - **output:** the table :math:`(H, L + 2)`, the nodes :math:`(L)` each
    """
    document = layout.document.int()
    anchor, node_type, slot, triple = nodes[0].int().unbind(dim=1)
    # Each on its own: kernels read them best as arrays without a stride.
    attributes: Nodes = (
        anchor.contiguous(),
        node_type.contiguous(),
        slot.contiguous(),
        triple.contiguous(),
    )
    of_token = None if query is None else query[0].int().contiguous()
    arguments: dict[str, Any] = {
        "attention_mask": None,
        "block_mask": document_block_mask(document, query=of_token),
        "nodes": attributes,
    }
    window = local_window(config.backbone_config)
    if window is not None:
        arguments["window_block_mask"] = document_block_mask(
            document, attributes[0], window + 1, of_token
        )
    if pairs is not None:
        index, pair_bias = pad_pairs(*pairs, multiple=layout.length)
        arguments |= {"pair_index": index, "pair_bias": pair_bias}
    if offset is None:
        return arguments
    bias = config.decay_mode == "bias"
    arguments["decay_bias_table" if bias else "decay_table"] = decay_table(
        offset,
        layout.length + 2,
        config.decay_base,
        config.distance_shift,
        log=bias,
    )
    return arguments


def _autocast_dtype(device: str) -> torch.dtype | None:
    if not torch.is_autocast_enabled(device):
        return None
    return torch.get_autocast_dtype(device)
