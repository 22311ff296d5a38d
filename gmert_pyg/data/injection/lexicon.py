"""The words that the tails of a project's triples are made of."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.injection.words import words_of
from gmert_pyg.data.ranges import RaggedLists
from gmert_pyg.kg import CodeKG

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

_SUBTOKEN = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")


def subtokens(text: str) -> list[str]:
    """Split identifiers at underscores, digits and capitals, in lower case.

    Example:
        >>> subtokens("HTTPServer.read_bytes2")
        ['http', 'server', 'read', 'bytes', '2']
    """
    return [part.lower() for part in _SUBTOKEN.findall(text)]


class Lexicon:
    r"""The texts of a project's tails, their words and their subtokens.

    The weight of a subtoken :math:`w` is its inverse document frequency over
    the :math:`N` entities that are tails, :math:`n_w` of which have it in their
    text:

    .. math::
        \mathrm{idf}(w) = \log \frac{1 + N}{1 + n_w} \Big/ \log (1 + N)
        \in [0, 1).

    Args:
        kg: the knowledge graph.

    Attributes:
        text: by entity, a number for its text as a tail.
        words: by text, the numbers of its words.
        naming_words: by text, those that name it in code: of a dotted name, the
            last one.
        subtokens: by text, the numbers of its distinct subtokens.
        idf: by subtoken, its weight.
    """

    def __init__(self, kg: CodeKG) -> None:
        tails = np.unique(kg.triples.tail)
        of_tail = [kg.tail_text(int(entity)) for entity in tails]
        texts = {text: i for i, text in enumerate(dict.fromkeys(of_tail))}
        self.text = np.zeros(len(kg.entities), np.int64)
        self.text[tails] = [texts[text] for text in of_tail]
        # Number 0 is left for words that no tail has.
        self._words: dict[str, int] = {"": 0}
        self._subtokens: dict[str, int] = {}
        self._of_word: dict[str, list[int]] = {}
        words = [words_of(text) for text in texts]
        self.words = RaggedLists([_number(w, self._words) for w in words])
        self.naming_words = RaggedLists(
            [
                _number(
                    found[-1:] if ".".join(found) == text else found,
                    self._words,
                )
                for text, found in zip(texts, words, strict=True)
            ]
        )
        self.subtokens = RaggedLists(
            [_number(subtokens(text), self._subtokens) for text in texts]
        )
        times = np.bincount(self.text[tails], minlength=len(texts))
        count = np.bincount(
            self.subtokens.values,
            np.repeat(times, self.subtokens.length),
            minlength=self.num_subtokens,
        )
        total = 1 + len(tails)
        self.idf = np.log(total / (1 + count)) / np.log(max(total, 2))

    @property
    def num_words(self) -> int:
        """The number of distinct words of tails, and one for all others."""
        return len(self._words)

    @property
    def num_subtokens(self) -> int:
        """The number of distinct subtokens of tails."""
        return len(self._subtokens)

    def word_ids(self, words: list[str]) -> IntArray:
        """Return the numbers of words, 0 for those that no tail has."""
        known = self._words
        return np.array([known.get(word, 0) for word in words], np.int64)

    def subtokens_of(self, words: list[str]) -> RaggedLists:
        """Return the subtokens of words, but for those that no tail has."""
        known = self._of_word
        for word in words:
            if word not in known:
                numbers = map(self._subtokens.get, subtokens(word))
                known[word] = [n for n in numbers if n is not None]
        return RaggedLists([known[word] for word in words])


def _number(parts: list[str], numbers: dict[str, int]) -> list[int]:
    """Return the numbers of distinct strings, new ones where need be."""
    return [
        numbers.setdefault(part, len(numbers)) for part in dict.fromkeys(parts)
    ]
