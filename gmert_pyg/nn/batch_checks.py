"""Checks of a batch before any kernel runs on it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.data import Data

from gmert_pyg.nn.configuration import GraphMertConfig

NODE_ATTRIBUTES = ("input_ids", "node_type", "anchor", "slot", "triple")


def check_batch(
    batch: Data,
    node_graph: Tensor,
    num_graphs: int,
    config: GraphMertConfig,
    max_positions: int | None,
) -> tuple[int, int]:
    """Check a batch, with one synchronisation of the device.

    Returns:
        The number of nodes of the largest graph, and the largest edge type.

    Raises:
        ValueError: if a token, a relation or a position is out of range.
    """
    for name in (*NODE_ATTRIBUTES, "edge_index", "edge_type"):
        if name not in batch:
            raise ValueError(
                f"'batch' must have '{name}' (got {sorted(batch.keys())})"
            )
    if batch.input_ids.numel() == 0:
        raise ValueError("'batch' must have nodes (got none)")
    edge_type = batch.edge_type
    if edge_type.numel() == 0:
        edge_type = edge_type.new_zeros(1)
    sizes = torch.bincount(node_graph, minlength=num_graphs)
    token, relation = batch.input_ids.aminmax(), edge_type.aminmax()
    low, high, low_type, high_type, last, length = torch.stack(
        [*token, *relation, batch.anchor.max(), sizes.max()]
    ).tolist()
    _require_range("input_ids", low, high, config.vocab_size, "vocab_size")
    _require_range(
        "edge_type", low_type, high_type, config.num_edge_types, "edge types"
    )
    if max_positions is not None and last >= max_positions:
        raise ValueError(
            f"'anchor' must be below the number of positions {max_positions} "
            f"(got {last})"
        )
    return length, high_type


def _require_range(
    name: str, low: int, high: int, bound: int, meaning: str
) -> None:
    if low < 0 or high >= bound:
        raise ValueError(
            f"'{name}' must be in [0, {bound}), the number of {meaning} "
            f"(got {low if low < 0 else high})"
        )
