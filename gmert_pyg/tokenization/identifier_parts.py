"""Which tokens make up an identifier, for tokenizers that cut it into words."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

from gmert_pyg.tokenization.word_encoding import word_encoder

NONE, OPENS, GOES_ON = range(3)
_PROBE = "some_name1"
# A space and line breaks, as byte-level tokenizers write them, are letters too.
_PART = re.compile(r"(Ġ?)(?:(?![ĠĊĉč])\w)+")


@lru_cache(maxsize=8)
def identifier_parts(
    tokenizer: PreTrainedTokenizerFast,
) -> NDArray[np.int8] | None:
    """Return what every token can be of an identifier.

    GPT-2's and RoBERTa's tokenizers make four words of `some_name1`. A space
    belongs to the token after it there, so that a token of letters, digits and
    underscores without one goes on with what such a token has begun.

    Args:
        tokenizer: a fast tokenizer.

    Returns:
        For every token, `NONE`, `OPENS` if it starts with a space, or
        `GOES_ON`; nothing if identifiers are words of this tokenizer.
    """
    if int(word_encoder(tokenizer).encode(_PROBE).word_start.sum()) == 1:
        return None
    parts = np.full(len(tokenizer), NONE, np.int8)
    for token, number in tokenizer.get_vocab().items():
        match = _PART.fullmatch(token)
        if match is not None:
            parts[number] = OPENS if match[1] else GOES_ON
    parts[tokenizer.all_special_ids] = NONE
    return parts
