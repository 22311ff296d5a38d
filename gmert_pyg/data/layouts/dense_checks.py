"""Checks of the fixed layouts, before they are read."""

from __future__ import annotations

import torch
from torch import Tensor


def check_dense(
    input_nodes: Tensor,
    attention_mask: Tensor,
    leaf_relationships: Tensor,
    head_lengths: Tensor,
    num_roots: int,
) -> Tensor:
    """Check the authors' layout and return its leaf mask [B, roots, slots].

    Raises:
        ValueError: naming the argument at fault.
    """
    if num_roots < 1:
        raise ValueError(f"'num_roots' must be positive (got {num_roots})")
    if input_nodes.dim() != 2 or input_nodes.size(1) % num_roots:
        raise ValueError(
            f"'input_nodes' must be of shape (B, multiple of {num_roots}) "
            f"(got {tuple(input_nodes.shape)})"
        )
    rows = (input_nodes.size(0), num_roots)
    _check_shape("leaf_relationships", leaf_relationships, rows)
    _check_shape("head_lengths", head_lengths, rows)
    roots, leaves = _check_nodes(
        "input_nodes", input_nodes, attention_mask, num_roots
    )
    has_leaf = leaves.any(dim=2)
    for name, value in (
        ("leaf_relationships", leaf_relationships),
        ("head_lengths", head_lengths),
    ):
        _check_integers(name, value, 0)
        _check(
            name, value, (value > 0) & ~has_leaf, "be 0 at roots without leaves"
        )
    _check(
        "head_lengths",
        head_lengths,
        (head_lengths > 0) != (leaf_relationships > 0),
        "be positive exactly where 'leaf_relationships' is",
    )
    end = torch.arange(num_roots, device=roots.device) + head_lengths
    _check(
        "head_lengths",
        head_lengths,
        (head_lengths > 0) & (end > roots.sum(dim=1, keepdim=True)),
        "stay inside the chain",
    )
    return leaves


def check_padded(
    input_ids: Tensor,
    attention_mask: Tensor,
    graph_structure: Tensor,
    relation_ids: Tensor,
) -> Tensor:
    """Check the CodeBERT port's layout and return its leaf mask.

    Raises:
        ValueError: naming the argument at fault.
    """
    if graph_structure.dim() != 3 or graph_structure.size(1) < 1:
        raise ValueError(
            "'graph_structure' must be of shape (B, roots, leaves per root) "
            f"(got {tuple(graph_structure.shape)})"
        )
    batch, num_roots, leaves_per_root = graph_structure.shape
    _check_shape(
        "relation_ids", relation_ids, (batch, num_roots, leaves_per_root)
    )
    _check_shape(
        "input_ids", input_ids, (batch, num_roots * (1 + leaves_per_root))
    )
    _, leaves = _check_nodes("input_ids", input_ids, attention_mask, num_roots)
    for name, value in (
        ("graph_structure", graph_structure),
        ("relation_ids", relation_ids),
    ):
        _check_integers(name, value, -1)
        _check(
            name, value, (value >= 0) & ~leaves, "be -1 where no leaf exists"
        )
    _check(
        "graph_structure",
        graph_structure,
        (graph_structure < 0) & (relation_ids >= 0),
        "not be -1 where 'relation_ids' is a relation",
    )
    return leaves


def _check_nodes(
    name: str, ids: Tensor, attention_mask: Tensor, num_roots: int
) -> tuple[Tensor, Tensor]:
    _check_shape("attention_mask", attention_mask, tuple(ids.shape))
    _check_integers(name, ids, 0)
    mask = attention_mask.bool()
    _check(
        "attention_mask", attention_mask, mask != attention_mask, "be binary"
    )
    roots = mask[:, :num_roots]
    leaves = mask[:, num_roots:].view(ids.size(0), num_roots, -1)
    for part in (roots, leaves):
        hole = part[..., 1:] & ~part[..., :-1]
        if bool(hole.any()):
            raise ValueError(
                "'attention_mask' must have no holes before an existing root "
                f"or leaf slot (got {int(hole.sum())})"
            )
    orphan = leaves.any(dim=2) & ~roots
    if bool(orphan.any()):
        raise ValueError(
            "'attention_mask' must have the root of every leaf "
            f"(got {int(orphan.sum())} missing)"
        )
    return roots, leaves


def _check_shape(name: str, value: Tensor, shape: tuple[int, ...]) -> None:
    if tuple(value.shape) != shape:
        raise ValueError(
            f"'{name}' must be of shape {shape} (got {tuple(value.shape)})"
        )


def _check_integers(name: str, value: Tensor, least: int) -> None:
    if value.is_floating_point() or value.is_complex():
        raise ValueError(f"'{name}' must hold integers (got {value.dtype})")
    _check(name, value, value < least, f"be at least {least}")


def _check(name: str, value: Tensor, wrong: Tensor, rule: str) -> None:
    if bool(wrong.any()):
        raise ValueError(f"'{name}' must {rule} (got {value[wrong][0].item()})")
