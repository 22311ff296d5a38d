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
    r"""Prefers triples that are stated near the window.

    With the structural distance :math:`d` of
    :class:`~gmert_pyg.data.injection.places.Places`, the score is
    :math:`1 / (1 + d)`: above 1/2 in the file itself, 1/2 in a neighbouring
    one.
    """

    def __call__(self, candidates: Candidates) -> FloatArray:
        return 1 / (1 + candidates.structural_distance)


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

    A graph helps a model with what its window does not show. Of candidates that
    are stated equally near, those whose tails the window already names come
    last but for the trivial ones: with the structural distance :math:`d`, the
    lexical overlap :math:`o`, the surprisal :math:`I` and the confidence
    :math:`c` of a triple,

    .. math::
        s = \frac{w_p \frac{1}{1 + d} + [\text{not local}] \,
        (w_o\, o + w_i\, c\, I)}{w_p + w_o + w_i}.

    So with equal weights a local triple scores at most 1/3; a common tail
    (`self`) or an unresolved one (`?.append`) does little better.

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
        near = 1 / (1 + candidates.structural_distance)
        told = (
            self.overlap * candidates.lexical_overlap
            + self.information * candidates.confidence * candidates.surprisal
        )
        told[candidates.local] = 0.0
        total = self.proximity + self.overlap + self.information
        score: FloatArray = (self.proximity * near + told) / total
        return score


SCORERS: dict[str, Scorer] = {
    "relevance": RelevanceScorer(),
    "structural": StructuralScorer(),
    "lexical": LexicalScorer(),
}
"""The scorers that options can name."""


def find_scorer(scorer: str | Scorer) -> Scorer:
    """Return the scorer of a name, or the one given.

    Raises:
        ValueError: if there is none of that name.
    """
    if not isinstance(scorer, str):
        return scorer
    if scorer not in SCORERS:
        names = ", ".join(f"'{name}'" for name in SCORERS)
        raise ValueError(
            f"'scorer' must be callable or one of {names} (got '{scorer}')"
        )
    return SCORERS[scorer]


def scorer_identity(scorer: str | Scorer) -> str:
    """Return what tells a scorer apart from others, in every process alike.

    It is the scorer's `identity` if it has one, else its qualified name if it
    is a function, else how it prints, without addresses in memory.
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
    rated = rated.astype(np.float64)
    wrong = ~((rated >= 0) & (rated <= 1))  # NaN is neither
    if wrong.any():
        raise ValueError(
            f"'scorer' must return numbers in [0, 1] (got {rated[wrong][0]})"
        )
    return rated
