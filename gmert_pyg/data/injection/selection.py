"""The seed injection algorithm of GraphMERT."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

SCORE_BUCKET = 0.01
RELATION_BUCKET = 100
# Multiples of 0.01 are no binary fractions: 0.29 / 0.01 falls short of 29.
_ROUNDING = 1e-6


def select(
    *,
    scope: IntArray,
    entity: IntArray,
    head: IntArray,
    triple: IntArray,
    frequency: IntArray,
    score: FloatArray,
    alpha: float,
    max_triples_per_head: int,
) -> IntArray:
    r"""Choose which candidates become leaves.

    The algorithm of the `"GraphMERT: Efficient and Scalable Distillation of
    Reliable Knowledge Graphs from Unstructured Data"
    <https://arxiv.org/abs/2510.09580>`_ paper, for :math:`C` candidates that
    are pairs of a head and a triple:

    1. Candidates that score below `alpha` are dropped.
    2. A triple is kept once in a scope, at the head where it scores best.
    3. The triples kept at a head are ordered by score buckets
       :math:`\lfloor s / 0.01 \rfloor`, the best first; in a score bucket by
       relation buckets :math:`\lfloor f_r / 100 \rfloor` of the frequency of
       their relation, the rarest first; then by score. The first
       `max_triples_per_head` are chosen.

    Where the paper leaves ties open: of triples that come out equal, the one
    with the smaller number is taken. Heads at which a triple scores the same,
    as mentions of one entity in one window often do, take turns: the triples
    of an entity in a scope are dealt to them in the order of step 3, and so use
    the room of all.

    Args:
        scope: :math:`[C]`, within which a triple is kept only once.
        entity: :math:`[C]`, the head entity.
        head: :math:`[C]`, the head: a mention of that entity in the scope.
        triple: :math:`[C]`, the triple.
        frequency: :math:`[C]`, how many triples have its relation.
        score: :math:`[C]`, in :math:`[0, 1]`.
        alpha: the lowest score that is kept.
        max_triples_per_head: the most triples chosen for a head.

    Returns:
        Positions of the chosen candidates, ascending.
    """
    kept = np.flatnonzero(score >= alpha)
    bucket = np.floor(score / SCORE_BUCKET + _ROUNDING)
    worth = (triple, -score, frequency // RELATION_BUCKET, -bucket)

    def order(which: IntArray, *groups: IntArray) -> IntArray:
        """Sort candidates by groups, the first one first, then by worth."""
        keys = (*worth, *reversed(groups))
        return which[np.lexsort(tuple(key[which] for key in keys))]

    # Step 2. The places of a triple in a scope, the best first.
    by_place = kept[
        np.lexsort((head[kept], -score[kept], triple[kept], scope[kept]))
    ]
    group = _number(scope[by_place], triple[by_place])
    first = np.flatnonzero(np.diff(group, prepend=-1))
    best = by_place[first]
    equal = score[by_place] == score[best][group]
    num_equal = np.bincount(group[equal], minlength=len(first))
    dealt = order(np.arange(len(score))[best], scope, entity)
    turn = np.zeros(len(score), np.int64)
    turn[dealt] = _rank(_number(scope[dealt], entity[dealt]))
    placed = by_place[first + turn[best] % np.maximum(num_equal, 1)]
    # Step 3.
    placed = order(placed, head)
    chosen = placed[_rank(_number(head[placed])) < max_triples_per_head]
    return np.sort(chosen)


def _number(*keys: IntArray) -> IntArray:
    """Number the runs of equal keys: 0, 1, ..."""
    new = np.zeros(len(keys[0]), bool)
    for key in keys:
        new[1:] |= key[1:] != key[:-1]
    return np.cumsum(new)


def _rank(group: IntArray) -> IntArray:
    """Return the position of each entry in its run of equal numbers."""
    first = np.flatnonzero(np.diff(group, prepend=-1))
    place: IntArray = np.arange(len(group)) - first[group]
    return place
