"""The nodes of a graph and their places in a fixed layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from gmert_pyg.data.chain_graph import ChainGraph


def layout_positions(
    graph: ChainGraph, leaf_slot: Tensor, num_roots: int, leaves_per_root: int
) -> Tensor:
    """Return the place of every node, given the slots of the leaves, from 0.

    Raises:
        ValueError: if the graph has too many roots or leaves.
    """
    if graph.num_roots > num_roots:
        raise ValueError(
            f"'num_roots' must be at least {graph.num_roots} (got {num_roots})"
        )
    if leaf_slot.numel() and int(leaf_slot.max()) >= leaves_per_root:
        raise ValueError(
            f"'leaves_per_root' must be at least {int(leaf_slot.max()) + 1} "
            f"(got {leaves_per_root})"
        )
    root = graph.anchor[graph.node_type == 1]
    leaves = num_roots + root * leaves_per_root + leaf_slot
    return torch.cat([graph.anchor[graph.node_type == 0], leaves])


def layout_graph(
    cls: type[ChainGraph],
    ids: Tensor,
    root: Tensor,
    slot: Tensor,
    triple: Tensor,
    head: Tensor,
    leaf: Tensor,
    relation: Tensor,
) -> ChainGraph:
    """Build a graph whose leaves and edges are given in the order of leaves.

    `root`, `slot` and `triple` hold one value per leaf; `head`, `leaf` and
    `relation` one per edge, with leaves counted from 0.
    """
    num_roots = ids.numel() - root.numel()
    zeros = torch.zeros(num_roots, dtype=torch.long)
    chain = torch.arange(num_roots)
    graph = cls(
        input_ids=ids.long(),
        node_type=torch.cat([zeros, torch.ones_like(root)]),
        anchor=torch.cat([chain, root]),
        slot=torch.cat([zeros, slot]),
        triple=torch.cat([zeros, triple]),
        edge_index=torch.stack([head, leaf + num_roots]),
        edge_type=relation.long(),
        word_start=torch.cat([zeros == 0, torch.zeros_like(root).bool()]),
    )
    graph.validate()
    return graph
