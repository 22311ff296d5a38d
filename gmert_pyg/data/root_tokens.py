"""From text to the roots of a chain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

from gmert_pyg.tokenization.word_encoding import WordEncoder, word_encoder

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RootTokens:
    r"""The tokens of a text that become roots, in order.

    Spaces between the tokens of a line say nothing in formatted code, and are
    left out; line breaks and indentation stay.

    Args:
        ids: :math:`[n]`, token ids.
        start: :math:`[n]`, the first character of each token.
        end: :math:`[n]`, the character after its last one.
        word_start: :math:`[n]`, whether a word starts with this token.
        line_break: :math:`[n]`, whether the token breaks the line.
    """

    ids: IntArray
    start: IntArray
    end: IntArray
    word_start: BoolArray
    line_break: BoolArray

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, which: slice | IntArray) -> RootTokens:
        return RootTokens(
            self.ids[which],
            self.start[which],
            self.end[which],
            self.word_start[which],
            self.line_break[which],
        )

    def spans(
        self, start: IntArray, end: IntArray
    ) -> tuple[IntArray, IntArray]:
        """Find the roots that cover character spans.

        Args:
            start: the first character of each span.
            end: the character after its last one.

        Returns:
            The first root of each span and the number of its roots, which is 0
            for a span that no root covers.
        """
        first = np.searchsorted(self.end, start, side="right")
        last = np.searchsorted(self.start, end, side="left")
        return first, np.maximum(last - first, 0)


def root_tokens(text: str, tokenizer: PreTrainedTokenizerFast) -> RootTokens:
    """Tokenize a text into the roots of a chain.

    Roots spell identifiers exactly, but for a space before one: see
    :func:`~gmert_pyg.tokenization.word_boundaries.word_tokenizer`.
    """
    ids, start, end, word_start = word_encoder(tokenizer).encode(text)
    points = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    blank = (points == ord(" ")) | (points == ord("\t"))
    kept = _any_in(~blank, start, end)
    line_break = _any_in(points == ord("\n"), start, end)
    return RootTokens(ids, start, end, word_start, line_break)[
        np.flatnonzero(kept)
    ]


def _any_in(flags: BoolArray, start: IntArray, end: IntArray) -> BoolArray:
    """Tell for each span of characters whether one of them is flagged."""
    count = np.concatenate([[0], np.cumsum(flags)])
    return count[end] > count[start]


def tail_tokens(
    texts: list[str], tokenizer: PreTrainedTokenizerFast
) -> list[list[int]]:
    """Tokenize the texts of tails, spaces left out as in a chain."""
    encoder = word_encoder(tokenizer)
    names = [
        text
        for text in texts
        if text.isidentifier() and encoder.is_word_by_word(text)
    ]
    of_name = dict(zip(names, encoder.tokens_of(names), strict=True))
    return [
        of_name[text] if text in of_name else _visible_tokens(text, encoder)
        for text in texts
    ]


def _visible_tokens(text: str, encoder: WordEncoder) -> list[int]:
    # One text at a time: threads of the tokenizer would not survive a fork.
    encoding = encoder.backend.encode(text, add_special_tokens=False)
    return [
        token
        for token, (start, end) in zip(
            encoding.ids, encoding.offsets, strict=True
        )
        if text[start:end].strip(" \t")
    ]
