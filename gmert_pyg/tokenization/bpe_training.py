"""Training of the byte-level BPE tokenizer on source code."""

from __future__ import annotations

from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, decoders, pre_tokenizers, trainers
from tokenizers.models import BPE

from gmert_pyg.tokenization.graphmert_tokenizer import GraphMertTokenizer

SPECIAL_TOKENS = {
    "pad_token": "<pad>",
    "unk_token": "<unk>",
    "mask_token": "<mask>",
    "cls_token": "<s>",
    "sep_token": "</s>",
}

# In this order: line breaks with the indentation after them, identifiers and
# numbers, spaces, operators, and whatever other whitespace Unicode has.
WORDS = r"(?:[ \t\f]*\r?\n)+[ \t\f]*|\w+|[ \t\f]+|[^\w\s]+|\s+"


def untrained_backend() -> Tokenizer:
    """Return how text is cut into words and bytes, without any merges."""
    backend = Tokenizer(BPE())
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), behavior="isolated"),
            pre_tokenizers.ByteLevel(
                add_prefix_space=False, trim_offsets=False, use_regex=False
            ),
        ]
    )
    backend.decoder = decoders.ByteLevel()
    return backend


def train_tokenizer(
    texts: Iterable[str],
    vocab_size: int = 8192,
    show_progress: bool = False,
) -> GraphMertTokenizer:
    """Train a :class:`GraphMertTokenizer`.

    Args:
        texts (Iterable[str]): source files, as text.
        vocab_size (int, optional): the number of tokens, the special ones and
            the 256 bytes included. (default: :obj:`8192`)
        show_progress (bool, optional): whether to show a progress bar.
            (default: :obj:`False`)

    Raises:
        ValueError: if `vocab_size` leaves no room for the 256 bytes.

    Example:
        >>> tokenizer = train_tokenizer(["return x", "return y"], 280)
        >>> tokenizer.tokenize("return z")
        ['return', 'Ġ', 'z']
    """
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    smallest = len(alphabet) + len(SPECIAL_TOKENS)
    if vocab_size < smallest:
        raise ValueError(
            f"'vocab_size' must be at least {smallest} (got {vocab_size})"
        )
    backend = untrained_backend()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=2,
        initial_alphabet=sorted(alphabet),
        special_tokens=list(SPECIAL_TOKENS.values()),
        show_progress=show_progress,
    )
    backend.train_from_iterator(texts, trainer)
    return GraphMertTokenizer(
        tokenizer_object=backend,
        clean_up_tokenization_spaces=False,
        **SPECIAL_TOKENS,
    )
