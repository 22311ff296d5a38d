"""Checks of a batch before any kernel runs on it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.data import Data

from gmert_pyg.nn.configuration import GraphMertConfig

NODE_ATTRIBUTES = ("input_ids", "node_type", "anchor", "slot", "triple")
EDGE_ATTRIBUTES = ("edge_index", "edge_type")


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
        ValueError: if an attribute is missing, or of another type or shape; if
            a token, a relation, a position or another value is out of range; or
            if an edge leaves its graph.
    """
    _check_types(batch)
    found = _measure(batch, node_graph, num_graphs)
    ranges = {
        "input_ids": (config.vocab_size, "vocab_size"),
        "edge_type": (config.num_edge_types, "the number of edge types"),
        "anchor": (max_positions, "the number of positions"),
        "edge_index": (batch.input_ids.numel(), "the number of nodes"),
        "node_type": (2, "roots and leaves"),
        "slot": (None, ""),
        "triple": (None, ""),
    }
    for name, (bound, meaning) in ranges.items():
        _require_range(name, *found[name], bound, meaning)
    if found["leaving"][1]:
        raise ValueError(
            "'edge_index' must link nodes of the same graph "
            f"(got {found['leaving'][1]} edges between graphs)"
        )
    if found["unsorted"][1]:
        raise ValueError(
            "'batch' must hold graphs one after the other (got "
            f"{found['unsorted'][1]} nodes of an earlier graph behind a later)"
        )
    return found["size"][1], found["edge_type"][1]


def _check_types(batch: Data) -> None:
    for name in (*NODE_ATTRIBUTES, *EDGE_ATTRIBUTES):
        if name not in batch:
            raise ValueError(
                f"'batch' must have '{name}' (got {sorted(batch.keys())})"
            )
        dtype = batch[name].dtype
        if dtype != torch.long:
            raise ValueError(f"'{name}' must be {torch.long} (got {dtype})")
    num_nodes, num_edges = batch.input_ids.numel(), batch.edge_type.numel()
    if num_nodes == 0:
        raise ValueError("'batch' must have nodes (got none)")
    shapes: dict[str, tuple[int, ...]] = {
        **dict.fromkeys(NODE_ATTRIBUTES, (num_nodes,)),
        "edge_type": (num_edges,),
        "edge_index": (2, num_edges),
    }
    for name, shape in shapes.items():
        if batch[name].shape != shape:
            raise ValueError(
                f"'{name}' must have shape {shape} "
                f"(got {tuple(batch[name].shape)})"
            )


def _measure(
    batch: Data, graph: Tensor, num_graphs: int
) -> dict[str, tuple[int, int]]:
    """Return the least and the greatest of everything, at one go."""
    sizes = graph.new_zeros(num_graphs).scatter_add_(
        0, graph, torch.ones_like(graph)
    )
    # An index out of range must not be looked up to find out that it is.
    ends = graph[batch.edge_index.clamp(0, graph.numel() - 1)]
    values = {name: batch[name] for name in NODE_ATTRIBUTES + EDGE_ATTRIBUTES}
    values |= {
        "size": sizes,
        "leaving": (ends[0] != ends[1]).sum(),
        "unsorted": (graph.diff() < 0).sum(),
    }
    zero = graph.new_zeros(1)
    bounds = [
        bound
        for value in values.values()
        for bound in (value if value.numel() else zero).aminmax()
    ]
    found = iter(torch.stack(bounds).tolist())
    return dict(zip(values, zip(found, found, strict=True), strict=True))


def _require_range(
    name: str, low: int, high: int, bound: int | None, meaning: str
) -> None:
    if low < 0:
        raise ValueError(f"'{name}' must not be negative (got {low})")
    if bound is not None and high >= bound:
        raise ValueError(
            f"'{name}' must be below {bound}, {meaning} (got {high})"
        )
