"""Masked node modelling: leaves, a whole triple at a time."""

from __future__ import annotations

import numpy as np
import torch

from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.transforms.graph_mask import GraphMask
from gmert_pyg.transforms.labels import add_labels
from gmert_pyg.transforms.ragged import BoolArray, RaggedNodes, Stream


def pick_triples(
    nodes: RaggedNodes, rate: float, seed: int, stream: Stream
) -> BoolArray:
    """Pick each triple of a batch with probability `rate`.

    Returns:
        :math:`[T + 1]`; entry 0 stands for the roots and is never picked.
    """
    drawn = nodes.uniform(seed, stream, nodes.first_leaf)
    picked = np.zeros(nodes.num_triples + 1, bool)
    np.less(drawn, rate, out=picked[1:])
    return picked


class MaskLeaves(GraphMask):
    r"""Masks whole tails, as in the `"GraphMERT: Efficient and Scalable
    Distillation of Reliable Knowledge Graphs from Unstructured Data"
    <https://arxiv.org/abs/2510.09580>`_ paper (masked node modelling).

    A triple is picked with probability `rate`; *all* of its leaves become the
    mask token and `labels` holds their ids. The relation and the head stay.

    Args:
        mask_token_id (int): The id of the mask token.
        rate (float, optional): The probability of a triple to be picked.
            (default: :obj:`0.15`)
        seed (int, optional): The seed of the draws, which depend on the
            graph's `graph_id` and `epoch` too. (default: :obj:`0`)

    Raises:
        ValueError: if `rate` is not within [0, 1].

    Example:
        >>> graph = ChainGraph.from_triples([5, 6], [(1, 1, 0, [7, 8])])
        >>> masked = MaskLeaves(mask_token_id=2, rate=1.0)(graph)
        >>> masked.input_ids.tolist(), masked.labels.tolist()
        ([5, 6, 2, 2], [-100, -100, 7, 8])
    """

    def __init__(
        self, mask_token_id: int, *, rate: float = 0.15, seed: int = 0
    ) -> None:
        if not 0 <= rate <= 1:
            raise ValueError(f"'rate' must be in [0, 1] (got {rate})")
        self.mask_token_id = mask_token_id
        self.rate = rate
        self.seed = seed

    def apply(self, data: ChainGraph, nodes: RaggedNodes) -> None:
        picked = pick_triples(nodes, self.rate, self.seed, Stream.LEAVES)
        masked = np.flatnonzero(picked[nodes.triple])
        add_labels(data, masked)
        input_ids = data.input_ids.numpy().copy()
        input_ids[masked] = self.mask_token_id
        data.input_ids = torch.from_numpy(input_ids)
