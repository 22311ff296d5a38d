"""Runs of `gmert pretrain`: what is written, and how a run goes on."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from huggingface_hub import ModelCard
from transformers import AutoTokenizer

from gmert_pyg import GraphMertConfig, GraphMertForPreTraining
from gmert_pyg.cli import main

ROOT = Path(__file__).parents[2]
TINY = ["--num_hidden_layers", "1", "--hidden_size", "16"]
TINY += ["--num_attention_heads", "2", "--precision", "float32"]
TINY += ["--max_train_samples", "40", "--max_eval_samples", "5"]
TINY += ["--disable_tqdm", "true"]


@pytest.fixture
def pretrain(corpus, built):
    def run(output, *flags):
        command = ["pretrain", "--data", built, "--source", corpus, *TINY]
        return main([*command, "--output_dir", str(output), *flags])

    return run


def state(folder):
    return json.loads((folder / "trainer_state.json").read_text())


def test_a_run_goes_on_and_is_replaced_only_if_asked(
    pretrain, tmp_path, capsys
):
    output = tmp_path / "run"
    saving = ["--max_steps", "2", "--save_steps", "1", "--license", "mit"]
    # Of a schedule that has no end, more steps can be asked for.
    saving += ["--lr_scheduler_type", "constant", "--warmup_steps", "0"]
    assert pretrain(output, *saving, "--resume") == 0
    told, told_of_progress = capsys.readouterr()
    assert "Writing model" not in told_of_progress
    assert f"no checkpoint in '{output}' yet: starts at step 0" in told
    names = {path.name for path in output.iterdir()}
    assert {
        *("README.md", "config.json", "model.safetensors", "pretrain.yaml"),
        *("tokenizer.json", "checkpoint-1", "checkpoint-2"),
    } <= names
    card = ModelCard.load(output / "README.md")
    assert card.data.license == "mit"
    assert "| optimizer steps | 2 |" in card.text
    model = GraphMertForPreTraining.from_pretrained(output)
    assert (model.config.num_hidden_layers, model.config.hidden_size) == (1, 16)
    assert AutoTokenizer.from_pretrained(output).mask_token_id is not None
    settings = yaml.safe_load((output / "pretrain.yaml").read_text())
    assert settings["max_steps"] == 2
    assert settings["hidden_size"] == 16
    # It goes on with its own settings, and for longer if asked.
    resume = ["pretrain", "--resume", "--output_dir", str(output)]
    assert main([*resume, "--max_steps", "3"]) == 0
    last = output / "checkpoint-2"
    assert f"goes on from '{last}'" in capsys.readouterr().out
    assert state(output / "checkpoint-3")["global_step"] == 3
    assert not (output / "checkpoint-1").exists()  # save_total_limit
    capsys.readouterr()
    assert main([*resume, "--learning_rate", "1"]) == 2
    assert "'learning_rate' must be 0.001, as in" in capsys.readouterr().err
    assert main([*resume, "--hidden_size", "32"]) == 2
    assert "'hidden_size' must be 16, as in" in capsys.readouterr().err
    # It starts again.
    assert pretrain(output, *saving, "--overwrite_output_dir") == 0
    assert not (output / "checkpoint-3").exists()


def test_the_best_model_and_early_stopping(pretrain, tmp_path):
    flags = ["--max_steps", "4", "--save_steps", "1", "--learning_rate", "9"]
    flags += ["--early_stopping_patience", "1", "--save_total_limit", "4"]
    flags += ["--warmup_steps", "0", "--lr_scheduler_type", "constant"]
    assert pretrain(tmp_path, *flags) == 0
    last = state(max(tmp_path.glob("checkpoint-*")))
    losses = [e["eval_loss"] for e in last["log_history"] if "eval_loss" in e]
    # At this rate the loss grows: the first one is the best.
    assert len(losses) == 2 == last["global_step"]
    assert last["best_metric"] == pytest.approx(min(losses))


def test_epochs_count_passes_over_the_graphs(pretrain, tmp_path):
    flags = ["--num_train_epochs", "4", "--save_epochs", "2"]
    flags += ["--token_budget", "1024", "--max_train_samples", "24"]
    flags += ["--eval_strategy", "epoch", "--save_total_limit", "9"]
    flags += ["--gradient_accumulation_steps", "2"]
    assert pretrain(tmp_path, *flags) == 0
    found = sorted(
        int(path.name.partition("-")[2])
        for path in tmp_path.glob("checkpoint-*")
    )
    last = state(tmp_path / f"checkpoint-{found[-1]}")
    evaluated = [e["step"] for e in last["log_history"] if "eval_loss" in e]
    per_epoch = evaluated[0]
    assert per_epoch > 1
    assert found[0] == 2 * per_epoch
    assert len(evaluated) >= 3
    assert evaluated == [per_epoch * (n + 1) for n in range(len(evaluated))]
    assert abs(last["max_steps"] - 4 * per_epoch) <= 4


@pytest.mark.parametrize(
    "flags",
    [
        ["--no-leaves"],
        ["--no-span"],
        ["--mnm", "leaf"],
        ["--mnm", "relation", "--no-hgat", "--no-decay"],
        ["--occurrence", "hgat", "--no-leaves"],
        ["--per_device_train_batch_size", "8"],
    ],
)
def test_ablations_train(flags, pretrain, tmp_path):
    saving = ["--max_steps", "1", "--save_strategy", "no"]
    assert pretrain(tmp_path, *flags, *saving) == 0
    config = GraphMertConfig.from_pretrained(tmp_path)
    assert config.hgat == (
        "--no-hgat" not in flags and flags != ["--no-leaves"]
    )


def test_a_base_model_gives_shape_and_weights(
    pretrain, roberta, tmp_path, corpus, built
):
    first, second = tmp_path / "first", tmp_path / "second"
    command = ["pretrain", "--data", built, "--source", corpus]
    command += ["--max_steps", "1", "--save_strategy", "no"]
    command += ["--precision", "float32", "--max_train_samples", "20"]
    command += ["--max_eval_samples", "5", "--disable_tqdm", "true"]
    one = [*command, "--output_dir", str(first), "--no-decay"]
    assert main([*one, "--base_model", roberta, "--preset", "codebert",
                 "--num_train_epochs", "1"][:-2]) == 0  # fmt: skip
    config = GraphMertConfig.from_pretrained(first)
    assert (config.num_hidden_layers, config.hidden_size) == (2, 16)
    # A run that starts from it keeps what it was.
    two = [*command, "--output_dir", str(second)]
    assert main([*two, "--base_model", str(first)]) == 0
    assert not GraphMertConfig.from_pretrained(second).decay


def test_the_script_is_the_command(tmp_path, corpus, built):
    script = ROOT / "experiments" / "pretrain.py"
    command = [sys.executable, str(script), "--data", built, "--source", corpus]
    command += [*TINY, "--dry-run"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(done.stdout)["hidden_size"] == 16
    assert not list(tmp_path.iterdir())


def test_only_the_first_process_prints(pretrain, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("RANK", "1")
    assert pretrain(tmp_path / "none", "--dry-run") == 0
    assert capsys.readouterr().out == ""
