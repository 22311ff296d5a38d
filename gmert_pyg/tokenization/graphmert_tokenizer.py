"""The Hugging Face tokenizer that GraphMERT reads source code with."""

from __future__ import annotations

import hashlib
from pathlib import Path

from transformers import PreTrainedTokenizerFast

DEFAULT_DIRECTORY = Path(__file__).parent / "default"


class GraphMertTokenizer(PreTrainedTokenizerFast):
    r"""A byte-level BPE tokenizer whose tokens respect the words of a program.

    Text is cut into words before the merges apply: a line break together with
    the indentation that follows it, a run of word characters (an identifier, a
    keyword, a number), a run of operators, a run of spaces. A token never
    crosses two of them, so an identifier has the same tokens wherever it
    stands, in the text of a root or in the tail of a triple. Any text can be
    encoded, and decoding gives it back byte for byte.

    Spaces inside a line are tokens of their own: a
    :class:`~gmert_pyg.ChainGraph` leaves them out of its chain.

    Example:
        >>> tokenizer = GraphMertTokenizer.default()
        >>> tokenizer.decode(tokenizer("def f(x):\n    return x").input_ids)
        'def f(x):\n    return x'
        >>> tokenizer.tokenize("return self")
        ['return', 'Ġ', 'self']
    """

    vocab_files_names = {"tokenizer_file": "tokenizer.json"}  # noqa: RUF012
    model_input_names = ["input_ids", "attention_mask"]  # noqa: RUF012

    @classmethod
    def default(cls) -> GraphMertTokenizer:
        """Return the tokenizer shipped in the package (8,192 tokens)."""
        tokenizer: GraphMertTokenizer = cls.from_pretrained(DEFAULT_DIRECTORY)
        return tokenizer


def tokenizer_hash(tokenizer: PreTrainedTokenizerFast) -> str:
    """Return a hash of all that decides a tokenizer's output.

    A dataset stores it, so that a model is never fed another tokenizer's ids.

    Args:
        tokenizer (PreTrainedTokenizerFast): the tokenizer.

    Example:
        >>> len(tokenizer_hash(GraphMertTokenizer.default()))
        16
    """
    definition = tokenizer.backend_tokenizer.to_str()
    return hashlib.sha256(definition.encode()).hexdigest()[:16]
