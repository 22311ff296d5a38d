"""Making the tokens of any byte-level tokenizer end where words end."""

from __future__ import annotations

import re
from functools import lru_cache

from tokenizers import Regex, Tokenizer, pre_tokenizers
from transformers import PreTrainedTokenizerFast

# A space stays with the word after it, as RoBERTa and its like learned it.
_WORDS = Regex(r" ?\w+| ?[^\w\s]+|\s+(?!\S)|\s+")
_PROBE = "x._y_(z)[_w_] = __k__(*_a, _b)"


@lru_cache(maxsize=8)
def word_tokenizer(tokenizer: PreTrainedTokenizerFast) -> Tokenizer:
    """Return what encodes text such that no token crosses an identifier's end.

    Tokenizers of GPT-2's and RoBERTa's kind join underscores to punctuation:
    the tokens of `self._run(x)` include `._` and those of `__init__()` `__(`.
    Then no tokens spell the identifier. For such a tokenizer a copy is
    returned that cuts text into words first; vocabulary and merges stay. Any
    other tokenizer is returned as it is.

    Args:
        tokenizer: a fast tokenizer.
    """
    backend: Tokenizer = tokenizer.backend_tokenizer
    own = backend.pre_tokenizer
    if own is None or not any(
        re.search(r"\w", piece.strip("Ġ")) and re.search(r"[^\w\s]", piece)
        for piece, _ in own.pre_tokenize_str(_PROBE)
    ):
        return backend
    copy = Tokenizer.from_str(backend.to_str())
    copy.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(_WORDS, behavior="isolated"), own]
    )
    return copy
