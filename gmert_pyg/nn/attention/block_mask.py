"""Which blocks of a packed sequence attend to which."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.attention.flex_attention import BlockMask

from gmert_pyg.nn.packed_batch import BLOCK_SIZE

MaskMod = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


def document_block_mask(
    document: Tensor,
    position: Tensor | None = None,
    window: int | None = None,
    query: Tensor | None = None,
) -> BlockMask:
    r"""Let every token attend to its own document.

    Documents ascend, so two blocks share one if and only if their ranges
    :math:`[\mathrm{first}, \mathrm{last}]` meet. This needs
    :math:`\mathcal{O}((L / 128)^2)` comparisons, and no :math:`L \times L` mask
    as `create_block_mask` does.

    Args:
        document (Tensor): the document of every token, ascending.
        position (Tensor, optional): the chain position of every token.
        window (int, optional): a bound that the difference of two positions
            stays below, for layers that attend locally.
        query (Tensor, optional): the query that every token belongs to, 0 for
            none; tokens of a query are seen by that query alone.

    Shapes:
        - **input:** :math:`(L)` each, with :math:`L` a multiple of 128
    """
    first, last = _blocks(document)
    touches = (first[:, None] <= last) & (first <= last[:, None])
    uniform = first == last
    inside = touches & uniform[:, None] & uniform
    if query is not None:
        # Blocks of keys that belong to no query: the others are looked into.
        inside = inside & (_blocks(query)[1] == 0)
    if position is None or window is None:

        def mask_mod(b: Tensor, h: Tensor, q: Tensor, k: Tensor) -> Tensor:
            return document[q] == document[k]

    else:
        low, high = _blocks(position)
        gap = torch.maximum(low[:, None] - high, low - high[:, None])
        touches = touches & (gap < window)
        spread = torch.maximum(high[:, None] - low, high - low[:, None])
        inside = inside & (spread < window)

        def mask_mod(b: Tensor, h: Tensor, q: Tensor, k: Tensor) -> Tensor:
            near = (position[q] - position[k]).abs() < window
            return near & (document[q] == document[k])

    return BlockMask.from_kv_blocks(
        *_listed(touches & ~inside),
        *_listed(inside),
        BLOCK_SIZE=BLOCK_SIZE,
        mask_mod=mask_mod if query is None else _apart(mask_mod, query),
    )


def _apart(mask_mod: MaskMod, query: Tensor) -> MaskMod:
    """Keep the tokens of every query from all but their own query."""

    def of_own_query(b: Tensor, h: Tensor, q: Tensor, k: Tensor) -> Tensor:
        seen = (query[k] == 0) | (query[k] == query[q])
        return seen & mask_mod(b, h, q, k)

    return of_own_query


def _blocks(value: Tensor) -> tuple[Tensor, Tensor]:
    low, high = value.view(-1, BLOCK_SIZE).aminmax(dim=1)
    return low, high


def _listed(blocks: Tensor) -> tuple[Tensor, Tensor]:
    """Count and list the columns of every row, the chosen ones first."""
    count = blocks.sum(dim=1, dtype=torch.int32)
    columns = blocks.byte().argsort(dim=1, descending=True, stable=True)
    return count[None, None], columns.int()[None, None]
