"""How relevant a triple is to a window."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.injection.candidates import Candidates

FloatArray = NDArray[np.float64]

Scorer = Callable[[Candidates], NDArray[np.floating]]
"""Rates candidates: one number in [0, 1] for each, the better the higher."""


@dataclass(frozen=True, slots=True)
class StructuralScorer:
    r"""Prefers triples that are stated near, and are few of their kind.

    With the structural distance :math:`d` of
    :class:`~gmert_pyg.data.injection.places.Places`, and :math:`m` triples that
    share the head and the relation, the score is

    .. math::
        \frac{1}{1 + d + \log_2 m}.

    Both terms are a way to go: steps through the project to where the triple
    is stated, and there as many yes-or-no choices among its like. What a
    function returns is one step away, one of the 64 functions of a module is
    six steps farther.
    """

    def __call__(self, candidates: Candidates) -> FloatArray:
        return _nearness(candidates)


@dataclass(frozen=True, slots=True)
class LexicalScorer:
    """Prefers triples whose tails are made of the words of the window.

    The score is :attr:`Candidates.lexical_overlap`.
    """

    def __call__(self, candidates: Candidates) -> FloatArray:
        return candidates.lexical_overlap


@dataclass(frozen=True, slots=True, kw_only=True)
class RelevanceScorer:
    r"""Prefers what is near, akin to the text, and not to be seen in it.

    A graph helps a model with what its window does not show. With the score
    :math:`p` of :class:`StructuralScorer`, the lexical overlap :math:`o`, the
    surprisal :math:`I` and the confidence :math:`c` of a triple, and :math:`m`
    triples that share its head and its relation,

    .. math::
        s = \frac{1}{w_p + w_o + w_i} \Big( w_p\, p + [\text{not local}]
        \Big( w_o\, o + w_i \frac{c\, I}{1 + \log_2 m} \Big) \Big).

    What the window names already earns nothing but its nearness, with equal
    weights 1/3 at most. A common tail (`self`), one that nothing resolves
    (`?.append`), or one of very many (a function of a large module) does
    little better; the base of a class, what a function returns, and where a
    name is from come first.

    Args:
        proximity: the weight :math:`w_p` of being near. (default: 1)
        overlap: the weight :math:`w_o` of shared words. (default: 1)
        information: the weight :math:`w_i` of telling something. (default: 1)

    Raises:
        ValueError: if a weight is negative, or all are zero.
    """

    proximity: float = 1.0
    overlap: float = 1.0
    information: float = 1.0

    def __post_init__(self) -> None:
        weights = (self.proximity, self.overlap, self.information)
        if min(weights) < 0 or not 0 < sum(weights) < np.inf:
            raise ValueError(
                "'proximity', 'overlap' and 'information' must not be negative,"
                f" and not all zero (got {weights})"
            )

    def __call__(self, candidates: Candidates) -> FloatArray:
        bits = candidates.confidence * candidates.surprisal
        told = (
            self.overlap * candidates.lexical_overlap
            + self.information * bits / (1 + np.log2(candidates.fan_out))
        )
        told[candidates.local] = 0.0
        total = self.proximity + self.overlap + self.information
        score: FloatArray = (
            self.proximity * _nearness(candidates) + told
        ) / total
        return score


def _nearness(candidates: Candidates) -> FloatArray:
    way = candidates.structural_distance + np.log2(candidates.fan_out)
    nearness: FloatArray = 1 / (1 + way)
    return nearness


SCORERS: dict[str, Scorer] = {
    "relevance": RelevanceScorer(),
    "structural": StructuralScorer(),
    "lexical": LexicalScorer(),
}
"""The scorers that options can name."""


def find_scorer(scorer: str | Scorer) -> Scorer:
    """Return the scorer of a name, or the one given.

    Raises:
        ValueError: if there is none of that name, or it cannot be called.
    """
    if callable(scorer):
        return scorer
    if scorer not in SCORERS:
        names = ", ".join(f"'{name}'" for name in SCORERS)
        raise ValueError(
            f"'scorer' must be callable or one of {names} (got {scorer!r})"
        )
    return SCORERS[scorer]


def scorer_identity(scorer: str | Scorer) -> str:
    """Return what tells a scorer apart from others, in every process alike.

    It is the scorer's `identity` if it has one, else its qualified name if it
    is a function, else how it prints, without addresses in memory. So functions
    of one name are taken for the same: a scorer with settings needs an
    `identity` that names them, or to be a dataclass.
    """
    if isinstance(scorer, str):
        return scorer
    identity = getattr(scorer, "identity", None)
    if isinstance(identity, str):
        return identity
    name = getattr(scorer, "__qualname__", None)
    if name is not None:
        return f"{scorer.__module__}.{name}"
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(scorer))


def scores(scorer: Scorer, candidates: Candidates) -> FloatArray:
    """Rate candidates, and check what a scorer returned.

    Raises:
        ValueError: if it is not one number in [0, 1] for each candidate.
    """
    rated = np.asarray(scorer(candidates))
    expected = (len(candidates),)
    if rated.shape != expected or rated.dtype.kind not in "biuf":
        raise ValueError(
            f"'scorer' must return numbers of shape {expected} (got"
            f" {rated.dtype} of shape {rated.shape})"
        )
    wrong = ~((rated >= 0) & (rated <= 1))  # NaN is neither
    if wrong.any():
        raise ValueError(
            f"'scorer' must return numbers in [0, 1] (got {rated[wrong][0]})"
        )
    return rated.astype(np.float64)
