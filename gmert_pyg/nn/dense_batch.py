"""Between the flat nodes of a batch and a padded tensor, graph by graph."""

from __future__ import annotations

import torch
from torch import Tensor


class DenseBatch:
    r"""Where every node of a batch stands in a padded :math:`(B, L)` tensor.

    Args:
        batch (Tensor): the graph of every node, ascending.
        num_graphs (int): the number :math:`B` of graphs.
        length (int): the number :math:`L` of places, at least the number of
            nodes of the largest graph.

    Shapes:
        - **batch:** :math:`(N)`
    """

    def __init__(self, batch: Tensor, num_graphs: int, length: int) -> None:
        self.num_graphs, self.length = num_graphs, length
        count = torch.zeros(num_graphs, dtype=torch.long, device=batch.device)
        count.scatter_add_(0, batch, torch.ones_like(batch))
        start = count.cumsum(0) - count
        place = torch.arange(batch.numel(), device=batch.device)
        self.index = batch * length + place - start[batch]
        self.is_full = batch.numel() == num_graphs * length

    def to_dense(self, value: Tensor) -> Tensor:
        """Pad [N, *] with zeros to [B, L, *]."""
        shape = (self.num_graphs, self.length, *value.shape[1:])
        if self.is_full:
            return value.view(shape)
        dense = value.new_zeros(self.num_graphs * self.length, *value.shape[1:])
        return dense.index_copy(0, self.index, value).view(shape)

    def to_flat(self, value: Tensor) -> Tensor:
        """Undo `to_dense`: from [B, L, *] to [N, *]."""
        flat = value.reshape(-1, *value.shape[2:])
        return flat if self.is_full else flat.index_select(0, self.index)

    def mask(self) -> Tensor:
        """Return where a node stands, [B, L] bool."""
        ones = torch.ones_like(self.index, dtype=torch.bool)
        return self.to_dense(ones)
