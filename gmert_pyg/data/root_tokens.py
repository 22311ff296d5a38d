"""From text to the roots of a chain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

IntArray = NDArray[np.int64]


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
    word_start: NDArray[np.bool_]
    line_break: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, window: slice) -> RootTokens:
        return RootTokens(
            self.ids[window],
            self.start[window],
            self.end[window],
            self.word_start[window],
            self.line_break[window],
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
    """Tokenize a text into the roots of a chain."""
    encoding = tokenizer.backend_tokenizer.encode(
        text, add_special_tokens=False
    )
    ids = np.array(encoding.ids, np.int64)
    offsets = np.array(encoding.offsets, np.int64).reshape(-1, 2)
    words = np.array(
        [-1 if word is None else word for word in encoding.word_ids], np.int64
    )
    pieces = [text[start:end] for start, end in offsets.tolist()]
    kept = np.array([piece.strip(" \t") != "" for piece in pieces], bool)
    breaks = np.array(["\n" in piece for piece in pieces], bool)
    word_start = np.diff(words, prepend=-2) != 0
    return RootTokens(
        ids[kept],
        offsets[kept, 0],
        offsets[kept, 1],
        word_start[kept],
        breaks[kept],
    )


def tail_tokens(
    texts: list[str], tokenizer: PreTrainedTokenizerFast
) -> list[list[int]]:
    """Tokenize the texts of tails, spaces left out as in a chain."""
    # One by one: threads of the tokenizer would not survive a later fork.
    encodings = [
        tokenizer.backend_tokenizer.encode(text, add_special_tokens=False)
        for text in texts
    ]
    return [
        [
            token
            for token, (start, end) in zip(
                encoding.ids, encoding.offsets, strict=True
            )
            if text[start:end].strip(" \t")
        ]
        for text, encoding in zip(texts, encodings, strict=True)
    ]
