"""The words that the tails of a project's triples are made of."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.data.ranges import ranges
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
    r"""The texts of a project's tails, their names and their subtokens.

    A tail is named in code by its last dotted part. The weight of a subtoken
    :math:`w` is its inverse document frequency over the :math:`N` entities that
    are tails, :math:`n_w` of which have it in their text:

    .. math::
        \mathrm{idf}(w) = \log \frac{1 + N}{1 + n_w} \Big/ \log (1 + N)
        \in [0, 1).

    Args:
        kg: the knowledge graph.

    Attributes:
        text: by entity, a number for its text as a tail.
        name: by entity, a number for its name; 0 for what is no tail.
        idf: by subtoken, its weight.
    """

    def __init__(self, kg: CodeKG) -> None:
        tails = np.unique(kg.triples.tail)
        of_tail = [kg.tail_text(int(entity)) for entity in tails]
        texts = {text: i for i, text in enumerate(dict.fromkeys(of_tail))}
        self.text = np.zeros(len(kg.entities), np.int64)
        self.text[tails] = [texts[text] for text in of_tail]
        # Number 0 is left for names that no tail has.
        names = dict.fromkeys(text.rpartition(".")[2] for text in texts)
        self._names = {name: i for i, name in enumerate(names, start=1)}
        name_of_text = self.name_ids([t.rpartition(".")[2] for t in texts])
        self.name = np.zeros(len(kg.entities), np.int64)
        self.name[tails] = name_of_text[self.text[tails]]
        self._numbers: dict[str, int] = {}
        self._of_word: dict[str, list[int]] = {}
        parts = [self._number(dict.fromkeys(subtokens(t))) for t in texts]
        self._length = np.array([len(p) for p in parts], np.int64)
        self._first = np.cumsum(self._length) - self._length
        self._parts = np.array([i for p in parts for i in p], np.int64)
        times = np.bincount(self.text[tails], minlength=len(texts))
        count = np.bincount(
            self._parts,
            np.repeat(times, self._length),
            minlength=len(self._numbers),
        )
        total = 1 + len(tails)
        self.idf = np.log(total / (1 + count)) / np.log(max(total, 2))

    @property
    def num_names(self) -> int:
        """The number of distinct names of tails."""
        return len(self._names)

    @property
    def num_subtokens(self) -> int:
        """The number of distinct subtokens of tails."""
        return len(self._numbers)

    def name_ids(self, names: list[str]) -> IntArray:
        """Return the numbers of names, 0 for those that no tail has."""
        known = self._names
        return np.array([known.get(name, 0) for name in names], np.int64)

    def subtokens_of_words(self, words: list[str]) -> tuple[IntArray, IntArray]:
        """Return the subtokens of words that some tail has too.

        Returns:
            The number of subtokens of each, and all of them, one word after the
            other.
        """
        known = self._of_word
        for word in words:
            if word not in known:
                numbers = map(self._numbers.get, subtokens(word))
                known[word] = [n for n in numbers if n is not None]
        parts = [known[word] for word in words]
        return (
            np.array([len(p) for p in parts], np.int64),
            np.array([i for p in parts for i in p], np.int64),
        )

    def subtokens_of_texts(self, texts: IntArray) -> tuple[IntArray, IntArray]:
        """Return the distinct subtokens of tails' texts, given by number.

        Returns:
            The number of subtokens of each, and all of them, one text after the
            other.
        """
        length = self._length[texts]
        return length, self._parts[ranges(self._first[texts], length)]

    def _number(self, parts: dict[str, None]) -> list[int]:
        numbers = self._numbers
        return [numbers.setdefault(part, len(numbers)) for part in parts]
