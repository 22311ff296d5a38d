"""Between the flat nodes of a batch and one packed sequence, for flex."""

from __future__ import annotations

import torch
from torch import Tensor

from gmert_pyg.nn.dense_batch import DenseBatch

BLOCK_SIZE = 128


class PackedBatch(DenseBatch):
    r"""A batch as one :math:`(1, L)` sequence: graph after graph, and padding
    only behind the last.

    A token belongs to a *document*, which it attends to: its graph, or, if it
    is padding, the padding of its own block of 128 tokens. So no token is
    without a key, which would make it NaN, and padding costs no more than the
    diagonal.

    Args:
        batch (Tensor): the graph of every node, ascending.
        num_graphs (int): the number of graphs.
        length (int): the number :math:`L` of places, a multiple of 128 and at
            least the number of nodes.

    Shapes:
        - **batch:** :math:`(N)`
        - **document:** :math:`(L)`, ascending
    """

    def __init__(self, batch: Tensor, num_graphs: int, length: int) -> None:
        super().__init__(torch.zeros_like(batch), 1, length)
        padding = torch.arange(batch.numel(), length, device=batch.device)
        padding = num_graphs + padding // BLOCK_SIZE
        self.document = torch.cat([batch, padding])


def packed_length(num_nodes: int, token_budget: int | None) -> int:
    """Return the number of places of a packed batch.

    Args:
        num_nodes (int): the number of nodes of the batch.
        token_budget (int, optional): the constant length, so that compiled
            kernels see one shape; without it, the next multiple of 128.

    Raises:
        ValueError: if the nodes do not fit into the budget.
    """
    if token_budget is None:
        return -(-num_nodes // BLOCK_SIZE) * BLOCK_SIZE
    if num_nodes > token_budget:
        raise ValueError(
            f"'batch' must have at most {token_budget} nodes, the "
            f"'token_budget' of the configuration (got {num_nodes})"
        )
    return token_budget
