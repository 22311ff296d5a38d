"""Ranks of hidden tails as the field reports them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.distill.verification.hidden_set import (
    HiddenSet,
    Tokens,
    rank_of,
)

BoolArray = NDArray[np.bool_]
HITS = (1, 3, 10)


def ranking_metrics(
    hidden: HiddenSet,
    answers: Sequence[Sequence[Tokens]],
    relation_names: Sequence[str],
) -> dict[str, dict[str, float]]:
    r"""Return filtered MRR and hits@k, over all, by locality and by relation.

    .. math::
        \mathrm{MRR} = \frac{1}{Q} \sum_q \frac{1}{\mathrm{rank}_q}, \qquad
        \mathrm{hits@}k = \frac{1}{Q} \sum_q [\mathrm{rank}_q \leq k]

    A tail that is not among the answers counts as 0 in both: the MRR is that
    of lists as long as the answers are.

    Args:
        hidden: what was asked.
        answers: the answers to each query, the best first.
        relation_names: the names of the relations.

    Returns:
        By group, `"all"`, `"local"`, `"non-local"` and relations that were
        asked for, the number of queries, `"mrr"` and `"hits@1"` and so on.
    """
    ranks = np.array(
        [
            rank_of(own, tail, others) or np.inf
            for own, tail, others in zip(
                answers, hidden.tails, hidden.others, strict=True
            )
        ]
    )
    groups: dict[str, BoolArray] = {
        "all": np.ones(len(hidden), bool),
        "local": hidden.local,
        "non-local": ~hidden.local,
    }
    for number, name in enumerate(relation_names):
        groups[name] = hidden.queries.relation == number
    return {
        name: _metrics(ranks[chosen])
        for name, chosen in groups.items()
        if chosen.any()
    }


def _metrics(ranks: NDArray[np.float64]) -> dict[str, float]:
    return {
        "queries": len(ranks),
        "mrr": float((1 / ranks).mean()),
        **{f"hits@{k}": float((ranks <= k).mean()) for k in HITS},
    }
