import sysconfig
from pathlib import Path

import pytest
from transformers import RobertaConfig, RobertaForMaskedLM

from gmert_pyg import GraphMertTokenizer
from gmert_pyg.cli import make_parser
from gmert_pyg.cli.pretrain import read_configuration
from gmert_pyg.training.pretraining.configuration import RunConfiguration


@pytest.fixture(scope="session")
def corpus() -> str:
    """A package of the standard library: 20 files, real code."""
    return str(Path(sysconfig.get_path("stdlib"), "email"))


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> str:
    """Where the graphs of the corpus are kept, built by the first test."""
    return str(tmp_path_factory.mktemp("data"))


@pytest.fixture
def configure():
    """Return what `gmert pretrain` makes of flags."""

    def of(*flags: str) -> RunConfiguration:
        given = vars(make_parser().parse_args(["pretrain", *flags]))
        given.pop("run")
        return read_configuration({"output_dir": "unused", **given})

    return of


@pytest.fixture(scope="session")
def roberta(tmp_path_factory) -> str:
    """A folder with a tiny RoBERTa and its tokenizer."""
    folder = tmp_path_factory.mktemp("roberta")
    tokenizer = GraphMertTokenizer.default()
    encoder = RobertaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=514,
        pad_token_id=tokenizer.pad_token_id,
    )
    RobertaForMaskedLM(encoder).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)
