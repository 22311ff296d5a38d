"""The tokenizer of source code and its training."""

from gmert_pyg.tokenization.bpe_training import train_tokenizer
from gmert_pyg.tokenization.graphmert_tokenizer import (
    GraphMertTokenizer,
    tokenizer_hash,
)

__all__ = ["GraphMertTokenizer", "tokenizer_hash", "train_tokenizer"]
