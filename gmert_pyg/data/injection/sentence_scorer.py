"""Relevance as GraphMERT's paper has it: the similarity of two texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gmert_pyg.data.injection.candidates import Candidates

FloatArray = NDArray[np.float64]

Encode = Callable[[list[str]], ArrayLike]
"""Turns n texts into n vectors."""


class SentenceEmbeddingScorer:
    r"""Prefers triples whose wording is similar to the text of the window.

    With the vectors :math:`u` of a triple in words (`Square inherits Shape`)
    and :math:`v` of a window's text, the score is

    .. math::
        s = \max(0, u^\top v / (\lVert u \rVert \lVert v \rVert)) \in [0, 1].

    Each distinct text of a file is encoded once. Builds that use several
    processes fork: an encoder must then run on the CPU.

    Args:
        encode: turns a list of texts into an array of their vectors, such as
            the `encode` of a model of `sentence-transformers`.
        name: the name of the encoder: datasets that were made with encoders of
            different names are kept apart.

    Example:
        >>> from gmert_pyg import ChainGraph
        >>> def count_letters(texts):
        ...     letters = "abcdefghijklmnopqrstuvwxyz"
        ...     return [[text.count(c) for c in letters] for text in texts]
        >>> scorer = SentenceEmbeddingScorer(count_letters, name="letters")
        >>> scorer.identity
        'sentence-embedding:letters'
    """

    def __init__(self, encode: Encode, *, name: str) -> None:
        self.encode = encode
        self.name = name

    @property
    def identity(self) -> str:
        """What tells the scorer apart from others."""
        return f"sentence-embedding:{self.name}"

    def __call__(self, candidates: Candidates) -> FloatArray:
        if len(candidates) == 0:
            return np.zeros(0)
        triples, which = np.unique(candidates.triple, return_inverse=True)
        windows, place = np.unique(candidates.window, return_inverse=True)
        texts = candidates.window_texts()
        of_triples = self._unit(candidates.verbalise(triples))
        of_windows = self._unit([texts[window] for window in windows])
        cosine: FloatArray = np.einsum(
            "cd,cd->c", of_triples[which], of_windows[place]
        )
        return cosine.clip(0.0, 1.0)

    def _unit(self, texts: list[str]) -> FloatArray:
        """Encode texts as vectors of length 1; zero vectors stay."""
        distinct = {text: i for i, text in enumerate(dict.fromkeys(texts))}
        vectors: NDArray[Any] = np.asarray(
            self.encode(list(distinct)), np.float64
        )
        if vectors.ndim != 2 or len(vectors) != len(distinct):
            raise ValueError(
                f"'encode' must return {len(distinct)} vectors (got an array of"
                f" shape {vectors.shape})"
            )
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit = vectors / np.where(length > 0, length, 1.0)
        chosen: FloatArray = unit[[distinct[text] for text in texts]]
        return chosen
