"""The invariants of a leafy chain graph."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.data import Data

NODE_ATTRIBUTES = (
    "input_ids",
    "node_type",
    "anchor",
    "slot",
    "triple",
    "word_start",
)

# `word_start` is a truth value; targets are -100 where nothing is masked.
_MAY_BE_NEGATIVE = frozenset({"word_start", "labels", "edge_label"})


def validate_graph(
    graph: Data, num_relations: int | None, vocab_size: int | None
) -> None:
    """Check one graph, not a batch.

    Raises:
        ValueError: naming the first attribute at fault.
    """
    for name in (*NODE_ATTRIBUTES, "edge_index", "edge_type"):
        if name not in graph:
            raise ValueError(f"'{name}' must be given (got {graph.keys()})")
    for name in NODE_ATTRIBUTES:
        _require(
            graph[name].shape == graph.input_ids.shape,
            name,
            "must hold one value per node",
            tuple(graph[name].shape),
        )
    for name, value in graph:
        if (
            isinstance(value, Tensor)
            and value.numel()
            and name not in _MAY_BE_NEGATIVE
        ):
            _require(
                not bool((value < 0).any()),
                name,
                "must not be negative",
                value.min().item(),
            )
    _check_nodes(graph)
    _check_edges(graph, num_relations)
    if vocab_size is not None and graph.input_ids.numel():
        _require(
            int(graph.input_ids.max()) < vocab_size,
            "input_ids",
            f"must stay below {vocab_size}",
            int(graph.input_ids.max()),
        )


def _check_nodes(graph: Data) -> None:
    leaf = graph.node_type == 1
    _require(
        bool(((graph.node_type == 0) | leaf).all())
        and bool((leaf[1:] >= leaf[:-1]).all()),
        "node_type",
        "must be 0 for the roots, which come first, and 1 for the leaves",
        graph.node_type.tolist(),
    )
    num_roots = int((~leaf).sum())
    positions = torch.arange(num_roots, device=leaf.device)
    _require(
        torch.equal(graph.anchor[:num_roots], positions)
        and bool((graph.anchor < max(num_roots, 1)).all()),
        "anchor",
        f"must number the roots and stay below {num_roots}",
        graph.anchor.tolist(),
    )
    slot, triple = graph.slot, graph.triple
    _require(
        not bool(slot[~leaf].any()) and not bool(graph.word_start[leaf].any()),
        "slot" if bool(slot[~leaf].any()) else "word_start",
        "must be zero for roots and false for leaves",
        slot.tolist(),
    )
    # A leaf either opens the next triple in slot 1, or goes on with its own.
    before_slot, before = slot.roll(1), triple.roll(1)
    before_anchor = graph.anchor.roll(1)
    opens = (slot == 1) & (triple == before + 1)
    follows = (slot == before_slot + 1) & (triple == before) & (before > 0)
    follows &= graph.anchor == before_anchor
    _require(
        bool((opens | follows)[leaf].all()) and not bool(triple[~leaf].any()),
        "triple",
        "must be 0 for roots and group the leaves as 1..T, in slots 1..k",
        triple.tolist(),
    )
    if "root_span" in graph:
        _require(
            tuple(graph.root_span.shape) == (num_roots, 2),
            "root_span",
            f"must be of shape ({num_roots}, 2)",
            tuple(graph.root_span.shape),
        )


def _check_edges(graph: Data, num_relations: int | None) -> None:
    num_nodes = graph.input_ids.numel()
    for name in ("edge_index", "source_index", "callee_index"):
        if name in graph:
            pairs = graph[name]
            _require(
                pairs.dim() == 2 and pairs.size(0) == 2,
                name,
                "must be of shape (2, number of pairs)",
                tuple(pairs.shape),
            )
            _require(
                not bool((pairs >= num_nodes).any()),
                name,
                f"must stay below the number of nodes {num_nodes}",
                pairs.max().item() if pairs.numel() else None,
            )
            starts_at_root = not bool(graph.node_type[pairs[0]].any())
            _require(starts_at_root, name, "must start at roots", "a leaf")
    _require(
        tuple(graph.edge_type.shape) == (graph.edge_index.size(1),),
        "edge_type",
        f"must hold {graph.edge_index.size(1)} types, one per edge",
        tuple(graph.edge_type.shape),
    )
    if num_relations is not None:
        to_leaf = graph.node_type[graph.edge_index[1]] == 1
        wrong = to_leaf != (graph.edge_type <= num_relations)
        _require(
            not bool(wrong.any()),
            "edge_type",
            f"must be at most {num_relations} into leaves and above it between"
            " roots",
            graph.edge_type[wrong].tolist(),
        )


def _require(condition: bool, name: str, rule: str, got: object) -> None:
    if not condition:
        raise ValueError(f"'{name}' {rule} (got {got})")
