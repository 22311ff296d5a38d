"""Encoding text word by word, each distinct word once."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

from gmert_pyg.tokenization.bpe_training import WORDS, untrained_backend
from gmert_pyg.tokenization.word_boundaries import word_tokenizer

IntArray = NDArray[np.int64]

_MAX_KNOWN = 1 << 18
_WORDS = re.compile(WORDS, re.ASCII)


class Tokens(NamedTuple):
    r"""The tokens of a text.

    Args:
        ids: :math:`[n]`, token ids.
        start: :math:`[n]`, the first character of each token.
        end: :math:`[n]`, the character after its last one.
        word_start: :math:`[n]`, whether a word starts with this token.
    """

    ids: IntArray
    start: IntArray
    end: IntArray
    word_start: NDArray[np.bool_]


class WordEncoder:
    """Encodes text as :func:`word_tokenizer` does, and faster.

    Code repeats its words: the merges of most are known. That works for the
    tokenizers that :func:`~gmert_pyg.tokenization.train_tokenizer` makes, whose
    words do not depend on what stands around them, and for ASCII, where
    characters are bytes. Anything else is left to the tokenizer.

    Args:
        tokenizer: a fast tokenizer.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        self.backend = word_tokenizer(tokenizer)
        self._is_ours = _settings(self.backend) == _settings(
            untrained_backend()
        )
        self._added = [
            token.content
            for token in self.backend.get_added_tokens_decoder().values()
        ]
        # The bytes of a token are the characters that stand for them.
        size = 1 + max(self.backend.get_vocab().values(), default=-1)
        self._length = np.zeros(size, np.int64)
        for token, number in self.backend.get_vocab().items():
            self._length[number] = len(token)
        self._known: dict[str, list[int]] = {}

    def encode(self, text: str) -> Tokens:
        """Encode a text without adding special tokens."""
        if not self.is_word_by_word(text):
            return self._encode_at_once(text)
        tokens = self.tokens_of(_WORDS.findall(text))
        count = np.fromiter(map(len, tokens), np.int64, len(tokens))
        total = int(count.sum())
        ids = np.fromiter(chain.from_iterable(tokens), np.int64, total)
        word_start = np.zeros(total, bool)
        word_start[np.cumsum(count) - count] = True
        length = self._length[ids]
        end = np.cumsum(length)
        return Tokens(ids, end - length, end, word_start)

    def is_word_by_word(self, text: str) -> bool:
        """Tell whether the tokens of a text are those of its words."""
        return (
            self._is_ours
            and text.isascii()
            and not any(token in text for token in self._added)
        )

    def tokens_of(self, words: list[str]) -> list[list[int]]:
        """Return the tokens of words of texts that are encoded word by word."""
        if len(self._known) > _MAX_KNOWN:
            self._known.clear()
        known = self._known
        new = [word for word in dict.fromkeys(words) if word not in known]
        if new:
            for word in new:
                known[word] = []
            encoding = self.backend.encode(
                new, is_pretokenized=True, add_special_tokens=False
            )
            for token, number in zip(
                encoding.ids, encoding.word_ids, strict=True
            ):
                assert number is not None  # no special token is added
                known[new[number]].append(token)
        return [known[word] for word in words]

    def _encode_at_once(self, text: str) -> Tokens:
        encoding = self.backend.encode(text, add_special_tokens=False)
        ids = np.array(encoding.ids, np.int64)
        offsets = np.fromiter(
            chain.from_iterable(encoding.offsets), np.int64, 2 * len(ids)
        )
        words = np.array(encoding.word_ids, np.int64)
        word_start = np.diff(words, prepend=-1) != 0
        return Tokens(ids, offsets[::2], offsets[1::2], word_start)


@lru_cache(maxsize=8)
def word_encoder(tokenizer: PreTrainedTokenizerFast) -> WordEncoder:
    """Return the encoder of a tokenizer, with all words that it knows."""
    return WordEncoder(tokenizer)


def _settings(backend: Tokenizer) -> Any:
    """Return what decides tokens and offsets, vocabulary and merges aside."""
    settings = json.loads(backend.to_str())
    model = settings["model"]
    return (
        settings["normalizer"],
        settings["pre_tokenizer"],
        {key: model[key] for key in model.keys() - {"vocab", "merges"}},
    )
