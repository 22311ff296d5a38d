import re

import pytest
import yaml

from gmert_pyg.cli import main
from gmert_pyg.cli.dry_run import part_of

TINY = ["--num_hidden_layers", "1", "--hidden_size", "16"]
TINY += ["--num_attention_heads", "2", "--max_train_samples", "40"]


@pytest.fixture
def dry_run(corpus, built, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def run(*flags):
        command = ["pretrain", "--data", built, "--source", corpus]
        assert main([*command, "--output_dir", "out", "--dry-run", *flags]) == 0
        return capsys.readouterr().out

    return run


def test_it_tells_all_and_writes_nothing(dry_run, tmp_path):
    text = dry_run(*TINY)
    assert not list(tmp_path.iterdir())
    settings = yaml.safe_load(text)
    assert settings["preset"] == "small"
    assert settings["hidden_size"] == 16
    assert settings["learning_rate"] == 0.001
    parts = re.findall(
        r"^# ([\w :-]+?)  +([\d,]+)  (?:no_|atte|deca)", text, re.M
    )
    numbers = {}
    for part, number in parts:
        count = int(number.replace(",", ""))
        numbers[part] = numbers.get(part, 0) + count
    total = int(re.search(r"^# all +([\d,]+)", text, re.M)[1].replace(",", ""))
    assert total == sum(n for part, n in numbers.items() if part != "all")
    for part in (
        "H-GAT",
        "attention scalars: decay offsets",
        "encoder: embeddings",
        "encoder: layers",
        "head: relations",
        "head: span boundaries",
        "head: tokens",
    ):
        assert numbers[part] > 0
    assert re.search(r"decay offsets +2  attention +0.05 +0", text)
    assert re.search(r"# train +40 ", text)
    assert "of it padding" in text
    assert "flows_to " in text
    assert "# run                  1,000 steps" in text
    assert "# Estimated time: " in text


@pytest.mark.parametrize(
    "flags",
    [
        [],
        ["--preset", "paper", *TINY],
        ["--preset", "codebert", "--from_scratch", *TINY],
        ["--no-hgat", "--no-decay", "--mnm", "relation"],
        ["--no-leaves"],
        ["--no-span", "--save_epochs", "2"],
        ["--num_train_epochs", "2", "--eval_steps", "3"],
        ["--bf16", "--lr_scheduler_type", "linear", "--save_strategy", "no"],
        ["--early_stopping_patience", "2", "--hub_model_id", "a/b",
         "--push_to_hub"],
    ],
)  # fmt: skip
def test_what_is_printed_reads_back(flags, configure, tmp_path):
    first = configure(*flags)
    path = tmp_path / "run.yaml"
    path.write_text(first.to_yaml())
    second = configure("--config", str(path))
    assert second.to_yaml() == first.to_yaml()
    for name in ("data", "model", "objectives"):
        assert getattr(second, name) == getattr(first, name)
    ours, theirs = vars(first.training), vars(second.training)
    differing = {
        name
        for name in ours
        if ours[name] != theirs[name]
        and not name.startswith(("_", "distributed", "deepspeed"))
        and name != "accelerator_config"
    }
    assert not differing


def test_a_base_model_reads_back(configure, roberta, tmp_path):
    flags = ["--base_model", roberta, "--preset", "codebert"]
    first = configure(*flags)
    path = tmp_path / "run.yaml"
    path.write_text(first.to_yaml())
    second = configure("--config", str(path))
    assert second.to_yaml() == first.to_yaml()
    assert second.model == first.model


def test_parts_of_the_model():
    assert part_of("graphmert.backbone.encoder.layer.0.x") == "encoder: layers"
    assert part_of("graphmert.backbone.embeddings.x") == "encoder: embeddings"
    assert part_of("graphmert.something.else") == "something.else"
