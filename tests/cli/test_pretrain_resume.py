"""A run goes on from checkpoints of the same model only."""

import json

import pytest

from gmert_pyg import GraphMertConfig, GraphMertForPreTraining
from gmert_pyg.cli import main
from gmert_pyg.tokenization import GraphMertTokenizer, tokenizer_hash
from gmert_pyg.training.checkpoints.whole import write_manifest


def checkpoint_of(folder, **changes):
    tokenizer = GraphMertTokenizer.default()
    config = GraphMertConfig.small(
        len(tokenizer),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        **{"tokenizer_hash": tokenizer_hash(tokenizer), **changes},
    )
    GraphMertForPreTraining(config).save_pretrained(folder)
    (folder / "trainer_state.json").write_text(json.dumps({"global_step": 1}))
    write_manifest(folder)


@pytest.mark.parametrize(
    ("changes", "flags", "message"),
    [
        ({}, ["--num_hidden_layers", "2"], "of num_hidden_layers 2 (got"),
        ({"tokenizer_hash": "0123"}, [], "(got '0123', 8192 tokens)"),
        ({}, ["--schema", "extended"], "for schema 'extended'"),
        ({"occurrence": "bias"}, [], "checkpoints of occurrence off (got"),
        ({}, ["--no-hgat"], "checkpoints of hgat False (got"),
    ],
)
def test_pretrain_does_not_resume_another_model(
    changes, flags, message, tmp_path, capfd
):
    output = tmp_path / "run"
    checkpoint_of(output / "checkpoint-1", **changes)
    capfd.readouterr()
    command = ["pretrain", "--resume", "--output_dir", str(output)]
    command += ["--hidden_size", "8", "--num_attention_heads", "2"]
    if "--num_hidden_layers" not in flags:
        command += ["--num_hidden_layers", "1"]
    assert main([*command, *flags]) == 2
    (line,) = capfd.readouterr().err.strip().splitlines()
    assert line.startswith("gmert: error: ")
    assert message in line
    assert [path.name for path in output.iterdir()] == ["checkpoint-1"]
