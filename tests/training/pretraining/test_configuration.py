"""Flags over the file over the preset over the defaults."""

import json

import pytest

from gmert_pyg.training import GraphMertTrainingArguments
from gmert_pyg.training.pretraining.arguments import (
    ModelArguments,
    ObjectiveArguments,
    PreTrainingDataArguments,
    RunArguments,
)
from gmert_pyg.training.pretraining.configuration import RunConfiguration
from gmert_pyg.training.pretraining.setting_layers import Layers, merged
from gmert_pyg.training.pretraining.setting_types import read_settings


@pytest.fixture
def configure(tmp_path):
    def of(text="", **flags):
        path = tmp_path / "run.yaml"
        path.write_text(text or "{}")
        flags = {"output_dir": "unused", **flags}
        return RunConfiguration.of(Layers.read(flags, str(path)).settings)

    return of


def test_the_stronger_layer_wins(configure):
    assert configure().training.adam_beta2 == 0.999  # default
    assert configure().training.weight_decay == 0.01  # preset
    assert configure("weight_decay: 0.1").training.weight_decay == 0.1
    made = configure("weight_decay: 0.1", weight_decay=0.2)
    assert made.training.weight_decay == 0.2


def test_a_file_may_name_its_preset_and_a_flag_another(configure):
    assert configure("preset: paper").model.hidden_size == 512
    assert configure("preset: paper", preset="small").model.hidden_size == 256
    bare = configure("preset: null").training
    assert (bare.max_steps, bare.num_train_epochs) == (-1, 3.0)


@pytest.mark.parametrize(
    ("text", "flags", "expected"),
    [
        # Each way to say how long puts the other out of force.
        ("", {"num_train_epochs": 2.0}, {"max_steps": -1}),
        ("preset: paper", {"max_steps": 5}, {"max_steps": 5}),
        ("max_steps: 9", {"num_train_epochs": 2.0}, {"max_steps": -1}),
        (
            "",
            {"per_device_train_batch_size": 8},
            {"per_device_train_batch_size": 8},
        ),
        (
            "preset: paper",
            {"token_budget": 512},
            {"per_device_train_batch_size": 0, "token_budget": 512},
        ),
        # A schedule brings its own arguments.
        ("", {"lr_scheduler_type": "linear"}, {"lr_scheduler_kwargs": None}),
        ("", {"save_epochs": 2.0}, {"save_strategy": "epoch"}),
        (
            "preset: codebert\nbase_model: none",
            {"save_steps": 7},
            {"save_strategy": "steps", "save_epochs": None, "save_steps": 7},
        ),
        ("", {"eval_steps": 7}, {"eval_strategy": "steps", "eval_steps": 7}),
        (
            "",
            {"early_stopping_patience": 2},
            {
                "load_best_model_at_end": True,
                "eval_strategy": "steps",
                "eval_steps": 500,
                "metric_for_best_model": "loss",
            },
        ),
    ],
)
def test_what_is_given_decides_what_it_implies(
    text, flags, expected, configure
):
    training = configure(text, **flags).training
    assert {name: getattr(training, name) for name in expected} == expected


def test_two_ways_in_one_layer_contradict():
    with pytest.raises(ValueError, match="'max_steps' must not be given toget"):
        merged([{"max_steps": 1, "num_train_epochs": 2}])
    assert merged([{"max_steps": -1, "num_train_epochs": 2}])


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("learning_rate: 4e-4", "learning_rate", 4e-4),  # text to YAML
        ("learning_rate: 1", "learning_rate", 1.0),
        ("save-steps: 7", "save_steps", 7.0),
        ("save_strategy: no", "save_strategy", "no"),  # false to YAML
        ("report_to: none", "report_to", "none"),
        ("hgat: off", "hgat", False),
        ("decay_mode: null", "decay_mode", None),
        ("lr_scheduler_kwargs: {min_lr: 1}", "lr_scheduler_kwargs",
         {"min_lr": 1}),
        ("sbo: false", "sbo", False),
    ],
)  # fmt: skip
def test_values_of_a_file_are_those_of_the_flags(text, name, value, tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text(text)
    found = read_settings(str(path))
    assert found == {name: value}
    assert type(found[name]) is type(value)


def test_json_is_read_too(tmp_path):
    path = tmp_path / "run.json"
    path.write_text(json.dumps({"max_steps": 3, "hgat": False}))
    assert read_settings(str(path)) == {"max_steps": 3, "hgat": False}


def test_arguments_made_in_python_are_written_and_read_back(tmp_path):
    made = RunConfiguration.of_arguments(
        PreTrainingDataArguments(source="a.jsonl"),
        ModelArguments(hidden_size=64, hgat=False),
        ObjectiveArguments(mnm="leaf"),
        GraphMertTrainingArguments(
            "unused", precision="bf16", max_steps=3, seed=7, report_to="none"
        ),
        RunArguments(),
    )
    path = tmp_path / "run.yaml"
    path.write_text(made.to_yaml())
    again = RunConfiguration.of(Layers.read({}, str(path)).settings)
    assert again.data == made.data
    assert again.model == made.model
    assert again.objectives == made.objectives
    for name in ("output_dir", "bf16", "max_steps", "seed", "learning_rate"):
        assert getattr(again.training, name) == getattr(made.training, name)
