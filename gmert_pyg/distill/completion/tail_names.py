"""The names that a completed tail may be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

from gmert_pyg.data.root_tokens import tail_tokens

IntArray = NDArray[np.int64]


class TailNames:
    r"""Names as sequences of tokens, in sorted arrays: a trie of each length.

    The names of length :math:`l` that begin with given tokens are neighbours,
    so that two binary searches find them, and what may follow.

    Args:
        names: the tokens of every name; repeated names count once.

    Raises:
        ValueError: if a name has no token.

    Example:
        >>> names = TailNames([[5, 7], [5, 6], [5], [8, 6]])
        >>> names.of_length(2).tolist(), names.following(2, [5]).tolist()
        ([[5, 6], [5, 7], [8, 6]], [6, 7])
    """

    def __init__(self, names: Iterable[Sequence[int]]) -> None:
        by_length: dict[int, list[Sequence[int]]] = {}
        for name in names:
            by_length.setdefault(len(name), []).append(name)
        if 0 in by_length:
            raise ValueError("'names' must have tokens (got an empty name)")
        self._names = {
            length: np.unique(np.array(found, np.int64), axis=0)
            for length, found in sorted(by_length.items())
        }

    @classmethod
    def of_texts(
        cls, texts: Iterable[str], tokenizer: PreTrainedTokenizerFast
    ) -> TailNames:
        """Tokenize names as the tails of a graph are.

        Args:
            texts: the names; those without a token are left out.
            tokenizer: the tokenizer of the graphs.
        """
        distinct = list(dict.fromkeys(texts))
        return cls(ids for ids in tail_tokens(distinct, tokenizer) if ids)

    def __len__(self) -> int:
        return sum(len(names) for names in self._names.values())

    def __contains__(self, name: Sequence[int]) -> bool:
        low, high = self._beginning(len(name), name)
        return low < high

    @property
    def lengths(self) -> tuple[int, ...]:
        """The lengths that names have, ascending."""
        return tuple(self._names)

    def of_length(self, length: int) -> IntArray:
        """Return the names of a length, sorted, [names, length]."""
        return self._names.get(length, np.zeros((0, length), np.int64))

    def following(self, length: int, prefix: Sequence[int]) -> IntArray:
        """Return the tokens that may follow the first ones of a name.

        Args:
            length: the length of the whole name.
            prefix: its first tokens, fewer than `length`.
        """
        low, high = self._beginning(length, prefix)
        names = self.of_length(length)[low:high]
        following: IntArray = np.unique(names[:, len(prefix)])
        return following

    def matching(self, length: int, tokens: Sequence[int]) -> IntArray:
        """Return the names that have given tokens at some places.

        Args:
            length: their length.
            tokens: a token for each place, -1 where any will do.
        """
        names = self.of_length(length)
        wanted = np.array(tokens, np.int64)
        given = wanted >= 0
        matching: IntArray = names[
            (names[:, given] == wanted[given]).all(axis=1)
        ]
        return matching

    def _beginning(self, length: int, prefix: Sequence[int]) -> tuple[int, int]:
        """Return where the names of a length with given first tokens are."""
        names = self.of_length(length)
        low, high = 0, len(names)
        for place, token in enumerate(prefix):
            column = names[low:high, place]
            low, high = (
                low + int(np.searchsorted(column, token, side))
                for side in ("left", "right")
            )
        return low, high
