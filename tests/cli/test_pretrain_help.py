import re
from dataclasses import fields

import pytest

from gmert_pyg.cli import main
from gmert_pyg.cli.pretrain_options import COMMON
from gmert_pyg.training import GraphMertTrainingArguments
from gmert_pyg.training.pretraining.arguments import (
    ModelArguments,
    ObjectiveArguments,
    PreTrainingDataArguments,
    RunArguments,
)
from gmert_pyg.training.pretraining.setting_types import setting_names


def shown(flag, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["pretrain", flag])
    assert stop.value.code == 0
    return capsys.readouterr().out


def described(text):
    """Return the help of every flag."""
    entries = re.split(r"\n  (?=--)", text)
    return {
        re.match(r"--(\w+)", entry)[1]: " ".join(entry.split())
        for entry in entries[1:]
    }


def test_the_help_shows_ours_and_the_common_flags_in_groups(capsys):
    text = shown("--help", capsys)
    for title in ("settings", "data", "model", "objectives", "training", "run"):
        assert f"\n{title}:\n" in text
    groups = (
        PreTrainingDataArguments,
        ModelArguments,
        ObjectiveArguments,
        RunArguments,
    )
    ours = {field.name for group in groups for field in fields(group)}
    found = described(text)
    settings = {"preset", "config", "from_scratch", "help"}
    assert found.keys() == ours | COMMON.keys() | settings
    for name, words in found.items():
        assert name == "help" or "(default: " in words, words
    assert len(text.splitlines()) < 260
    assert "neftune" not in text


def test_the_help_shows_first_what_most_people_need(capsys):
    text = shown("--help", capsys)
    titles = re.findall(r"^(\w+):$", text, re.M)
    assert titles[1:3] == ["settings", "run"]
    order = list(described(text))
    assert order.index("output_dir") < order.index("preset")
    assert order.index("dry_run") < order.index("source")
    training = order[order.index("num_train_epochs") :]
    assert training == [name for name in COMMON if name in training]


def test_help_all_shows_every_setting_with_its_default(capsys):
    found = described(shown("--help-all", capsys))
    assert found.keys() >= setting_names().keys() - {"preset"}
    trained = {field.name for field in fields(GraphMertTrainingArguments)}
    for name in trained:
        assert "default" in found[name].lower(), found[name]


def test_defaults_are_told_by_preset(capsys):
    found = described(shown("--help", capsys))
    rate = "(default: 0.001 in small; 0.0004 in paper and codebert)"
    assert rate in found["learning_rate"]
    assert "--no-hgat" in found["hgat"]
    assert "(default: on)" in found["hgat"]
    assert "or another of the log (def" in found["metric_for_best_model"]
