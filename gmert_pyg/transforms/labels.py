"""Targets of the objectives: token ids at masked nodes, -100 elsewhere."""

from __future__ import annotations

import torch
from torch import Tensor

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.transforms.ragged import BoolArray

IGNORE_INDEX = -100


def add_labels(data: ChainGraph, masked: BoolArray) -> Tensor:
    """Return the graph's labels so far, with those of `masked` nodes added.

    To be called while `input_ids` still holds the tokens of these nodes.
    """
    labels = getattr(data, "labels", None)
    if labels is None:
        labels = torch.full_like(data.input_ids, IGNORE_INDEX)
    return torch.where(torch.from_numpy(masked), data.input_ids, labels)


def fill(data: ChainGraph, masked: BoolArray, token_id: int) -> Tensor:
    """Return the graph's token ids with `token_id` at the `masked` nodes."""
    filled: Tensor = data.input_ids.masked_fill(
        torch.from_numpy(masked), token_id
    )
    return filled
