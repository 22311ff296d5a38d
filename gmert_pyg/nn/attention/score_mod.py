"""The decay of a score, as a function of its two tokens."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from gmert_pyg.nn.distance import pair_distance

# Anchor, type, slot and triple of every token of a packed sequence.
Nodes = tuple[Tensor, Tensor, Tensor, Tensor]
ScoreMod = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor]


def decay_score_mod(
    nodes: Nodes, table: Tensor | None, bias_table: Tensor | None
) -> ScoreMod | None:
    """Return what a kernel applies to every score, None without a decay.

    It captures integers and one table, and reads this once: that is the form
    in which compiled kernels can differentiate it.

    Args:
        nodes (tuple[Tensor, ...]): the attributes of every token.
        table (Tensor, optional): the factor of every head and distance.
        bias_table (Tensor, optional): the summand instead.

    Shapes:
        - **input:** :math:`(L)` each and :math:`(H, D)`
    """
    if table is not None:

        def scale(
            score: Tensor, b: Tensor, h: Tensor, q: Tensor, k: Tensor
        ) -> Tensor:
            return score * table[h, _distance(nodes, q, k)]

        return scale
    if bias_table is not None:

        def shift(
            score: Tensor, b: Tensor, h: Tensor, q: Tensor, k: Tensor
        ) -> Tensor:
            return score + bias_table[h, _distance(nodes, q, k)]

        return shift
    return None


def decay_pairs(
    logits: Tensor,
    nodes: Nodes,
    table: Tensor | None,
    bias_table: Tensor | None,
    query_index: Tensor,
    key_index: Tensor,
) -> Tensor:
    """Apply the same to the logits of some pairs, [H, P]."""
    if table is None and bias_table is None:
        return logits
    distance = _distance(nodes, query_index, key_index)
    if table is not None:
        return logits * table.index_select(1, distance)
    assert bias_table is not None
    return logits + bias_table.index_select(1, distance)


def _distance(nodes: Nodes, q: Tensor, k: Tensor) -> Tensor:
    return pair_distance(
        [value[q] for value in nodes], [value[k] for value in nodes]
    )
