"""Whether batches are packed, and how long a packed batch is."""

from __future__ import annotations

from gmert_pyg.nn.configuration import GraphMertConfig
from gmert_pyg.nn.packed_batch import packed_length


def pack_to_budget(config: GraphMertConfig, token_budget: int) -> bool:
    """Return whether a model packs graphs, and let it pad all batches alike.

    With :obj:`attention="flex"` the cost of a batch is the sum of its nodes.
    Its kernels are compiled for one length, so the model is told to pad every
    batch to the budget, rounded up to a block, unless it was told a length.

    Args:
        config: of the model; its `token_budget` is set if it is None.
        token_budget: the most nodes of a batch.

    Raises:
        ValueError: if the model was told a length below the budget.
    """
    if config.attention != "flex":
        return False
    if config.token_budget is None:
        config.token_budget = packed_length(token_budget, None)
    if config.token_budget < token_budget:
        raise ValueError(
            "'token_budget' must be at most that of the model's configuration,"
            f" {config.token_budget} (got {token_budget})"
        )
    return True
