"""Targets of the objectives: token ids at masked nodes, -100 elsewhere."""

from __future__ import annotations

import numpy as np
import torch

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.transforms.ragged import IntArray

IGNORE_INDEX = -100


def add_labels(data: ChainGraph, masked: IntArray) -> None:
    """Give a graph the labels of `masked` nodes, besides those it has.

    To be called while `input_ids` still holds the tokens of these nodes.
    """
    labels = getattr(data, "labels", None)
    tokens = data.input_ids.numpy()
    added = (
        np.full_like(tokens, IGNORE_INDEX)
        if labels is None
        else labels.numpy().copy()
    )
    added[masked] = tokens[masked]
    data.labels = torch.from_numpy(added)
