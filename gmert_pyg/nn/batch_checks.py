"""What a batch holds, and its checks before any kernel runs on it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Data

from gmert_pyg.nn.configuration import GraphMertConfig
from gmert_pyg.transforms.labels import IGNORE_INDEX

NODE_ATTRIBUTES = ("input_ids", "node_type", "anchor", "slot", "triple")
EDGE_ATTRIBUTES = ("edge_index", "edge_type")


def graph_of_nodes(batch: Data) -> tuple[Tensor, int]:
    """Return the graph of every node, and the number of graphs.

    Raises:
        ValueError: if there is no telling, without `input_ids`.
    """
    graph = batch.get("batch", None)
    if graph is None:
        return torch.zeros_like(_attribute(batch, "input_ids")), 1
    # Data that no collating has made may have a batch vector too.
    num_graphs = getattr(batch, "num_graphs", None)
    if num_graphs is None:
        num_graphs = max(int(graph.max()) + 1, 1) if graph.numel() else 1
    return graph, num_graphs


def query_of_nodes(batch: Data) -> Tensor | None:
    """Return the query that every node belongs to, if a batch has queries.

    Raises:
        ValueError: if there is not one integer for each node.
    """
    query: Tensor | None = batch.get("query", None)
    if query is None:
        return None
    if query.shape != batch.input_ids.shape or query.dtype != torch.long:
        raise ValueError(
            f"'query' must be a long tensor of {tuple(batch.input_ids.shape)},"
            f" like 'input_ids' (got {query.dtype} of {tuple(query.shape)})"
        )
    return query


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
            if an edge or an anchor leaves its graph.
    """
    _check_types(batch, node_graph)
    found = _measure(batch, node_graph, num_graphs)
    ranges = {
        "batch": (num_graphs, "the number of graphs"),
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
    if found["beyond"][1] >= 0:
        size, anchor = found["furthest"]
        raise ValueError(
            f"'anchor' must be below {size}, the number of nodes of its graph "
            f"(got {anchor})"
        )
    if found["unsorted"][1]:
        raise ValueError(
            "'batch' must hold graphs one after the other (got "
            f"{found['unsorted'][1]} nodes of an earlier graph behind a later)"
        )
    return found["size"][1], found["edge_type"][1]


def check_labels(batch: Data, config: GraphMertConfig) -> None:
    """Check the labels of pre-training, with one synchronisation of the device.

    Raises:
        ValueError: if they are of another type or shape, or if a token or a
            relation is out of range.
    """
    ranges = {
        "labels": (config.vocab_size, "vocab_size"),
        "edge_label": (config.num_relations, "the number of relations"),
    }
    given = [name for name in ranges if name in batch]
    values = []
    for name in given:
        like = "input_ids" if name == "labels" else "edge_type"
        _check_tensor(name, batch[name], tuple(_attribute(batch, like).shape))
        # What is not labelled is within any range.
        values.append(batch[name].where(batch[name] != IGNORE_INDEX, 0))
    for name, bounds in zip(given, _bounds(values), strict=True):
        _require_range(name, *bounds, *ranges[name])


def _attribute(batch: Data, name: str) -> Any:
    """Return an attribute of a batch.

    Raises:
        ValueError: if there is none.
    """
    if name not in batch:
        raise ValueError(
            f"'batch' must have '{name}' (got {sorted(batch.keys())})"
        )
    return batch[name]


def _check_types(batch: Data, graph: Tensor) -> None:
    for name in (*NODE_ATTRIBUTES, *EDGE_ATTRIBUTES):
        _check_tensor(name, _attribute(batch, name))
    num_nodes, num_edges = batch.input_ids.numel(), batch.edge_type.numel()
    if num_nodes == 0:
        raise ValueError("'batch' must have nodes (got none)")
    for name in NODE_ATTRIBUTES:
        _check_tensor(name, batch[name], (num_nodes,))
    _check_tensor("batch", graph, (num_nodes,))
    _check_tensor("edge_type", batch.edge_type, (num_edges,))
    _check_tensor("edge_index", batch.edge_index, (2, num_edges))


def _check_tensor(
    name: str, value: object, shape: tuple[int, ...] | None = None
) -> None:
    dtype = value.dtype if isinstance(value, Tensor) else type(value)
    if not isinstance(value, Tensor) or dtype != torch.long:
        raise ValueError(f"'{name}' must be {torch.long} (got {dtype})")
    if shape is not None and value.shape != shape:
        raise ValueError(
            f"'{name}' must have shape {shape} (got {tuple(value.shape)})"
        )


def _measure(
    batch: Data, graph: Tensor, num_graphs: int
) -> dict[str, tuple[int, int]]:
    """Return the least and the greatest of everything, at one go."""
    # An index out of range must not be looked up to find out that it is.
    place = graph.clamp(0, num_graphs - 1)
    sizes = graph.new_zeros(num_graphs).scatter_add_(
        0, place, torch.ones_like(place)
    )
    ends = graph[batch.edge_index.clamp(0, graph.numel() - 1)]
    size = sizes[place]
    beyond = batch.anchor - size
    # Indexing by a scalar would wait for it, on a GPU.
    furthest = beyond.argmax(dim=0, keepdim=True)
    values = {name: batch[name] for name in NODE_ATTRIBUTES + EDGE_ATTRIBUTES}
    values |= {
        "batch": graph,
        "size": sizes,
        "leaving": (ends[0] != ends[1]).sum(),
        "beyond": beyond,
        "furthest": torch.cat([size[furthest], batch.anchor[furthest]]),
        "unsorted": (graph.diff() < 0).sum(),
    }
    return dict(zip(values, _bounds(values.values()), strict=True))


def _bounds(values: Iterable[Tensor]) -> list[tuple[int, int]]:
    bounds = [
        bound
        for value in values
        for bound in (value if value.numel() else value.new_zeros(1)).aminmax()
    ]
    found = iter(torch.stack(bounds).tolist() if bounds else [])
    return list(zip(found, found, strict=True))


def _require_range(
    name: str, low: int, high: int, bound: int | None, meaning: str
) -> None:
    if low < 0:
        raise ValueError(f"'{name}' must not be negative (got {low})")
    if bound is not None and high >= bound:
        raise ValueError(
            f"'{name}' must be below {bound}, {meaning} (got {high})"
        )
