"""The tails of a knowledge graph as tokens."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

from gmert_pyg.data.ranges import ranges
from gmert_pyg.data.root_tokens import tail_tokens
from gmert_pyg.kg import CodeKG
from gmert_pyg.schema import EntityKind

IntArray = NDArray[np.int64]
_BOUND = (EntityKind.VARIABLE, EntityKind.PARAMETER)


class Tails:
    """The text of every entity that is some triple's tail, tokenized.

    Args:
        kg: the knowledge graph.
        tokenizer: the tokenizer.
        max_length: tails with more tokens are not usable; the number of
            triples that have one is `num_long`.

    Attributes:
        usable: by entity, whether it can be grafted.
        is_bound: by entity, whether it is a variable or a parameter.

    Raises:
        ValueError: if `max_length` is not positive.
    """

    def __init__(
        self,
        kg: CodeKG,
        tokenizer: PreTrainedTokenizerFast,
        max_length: int,
    ) -> None:
        if max_length < 1:
            raise ValueError(
                f"'max_tail_length' must be positive (got {max_length})"
            )
        num_entities = len(kg.entities)
        tails = np.unique(kg.triples.tail)
        texts = [kg.tail_text(int(entity)) for entity in tails]
        tokens = tail_tokens(texts, tokenizer)
        self._length = np.zeros(num_entities, np.int64)
        self._length[tails] = [len(ids) for ids in tokens]
        self._first = np.cumsum(self._length) - self._length
        self._ids = np.array(
            [token for ids in tokens for token in ids], np.int64
        )
        self.usable = (self._length > 0) & (self._length <= max_length)
        self.num_long = int((self._length[kg.triples.tail] > max_length).sum())
        self.is_bound = np.array(
            [entity.kind in _BOUND for entity in kg.entities], bool
        )

    def tokens(self, entities: IntArray) -> tuple[IntArray, IntArray]:
        """Return the tails of entities.

        Returns:
            The number of tokens of each, and all tokens, one after the other.
        """
        length = self._length[entities]
        return length, self._ids[ranges(self._first[entities], length)]
