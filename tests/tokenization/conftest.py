import pytest
from tokenizers import Tokenizer, decoders, pre_tokenizers, trainers
from tokenizers.models import BPE
from transformers import PreTrainedTokenizerFast


@pytest.fixture(scope="session")
def train_like_gpt2():
    """Train a tokenizer that cuts words as GPT-2's does."""

    def train(code, vocab_size):
        backend = Tokenizer(BPE())
        backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        backend.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=vocab_size,
            initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
            show_progress=False,
        )
        backend.train_from_iterator([code] * 9, trainer)
        return PreTrainedTokenizerFast(tokenizer_object=backend)

    return train
