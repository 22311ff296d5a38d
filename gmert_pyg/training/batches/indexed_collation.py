"""Batches for a GPU: indexed by the workers that collate them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from gmert_pyg.nn.batch_indices import IndexBatch

Collator = Callable[[Any], dict[str, Any]]


class IndexedCollator:
    """Collates, then finds what the model would make the device wait for.

    Args:
        collate (callable): Makes a batch, masks and all.
        index_batch (IndexBatch): Of the model.

    Example:
        >>> from gmert_pyg import ChainGraph, GraphMertConfig
        >>> from gmert_pyg.training import GraphCollator
        >>> index_batch = IndexBatch(GraphMertConfig.small())
        >>> graph = ChainGraph.from_triples([5, 6], [(1, 1, 0, [7])])
        >>> collate = IndexedCollator(GraphCollator(), index_batch)
        >>> collate([graph, graph])["batch"].indices.encoder.length
        3
    """

    def __init__(self, collate: Collator, index_batch: IndexBatch) -> None:
        self.collate = collate
        self.index_batch = index_batch

    def __call__(self, graphs: Any) -> dict[str, Any]:
        inputs = self.collate(graphs)
        return {**inputs, "batch": self.index_batch(inputs["batch"])}


def collator_for(
    device: torch.device, collate: Collator, index_batch: IndexBatch
) -> Collator:
    """Return a collator whose batches a device need not be asked about.

    Args:
        device: where the model is; the CPU has nothing to wait for.
        collate: makes a batch.
        index_batch: of the model.
    """
    if device.type == "cpu":
        return collate
    return IndexedCollator(collate, index_batch)
