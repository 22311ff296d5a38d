"""Runs that are stopped and go on: the same weights and the same log."""

import json
import resource
import shutil
import signal
from concurrent.futures import Future
from pathlib import Path

import pytest
import torch
import transformers
from safetensors.torch import load_file
from small_run import log_of, small_trainer
from transformers import EarlyStoppingCallback, TrainerCallback

from gmert_pyg.cli import main, pretrain
from gmert_pyg.training import (
    TrainingInterrupted,
    last_complete_checkpoint,
)
from gmert_pyg.training.checkpoints import push as checkpoint_push


class SignalAt(TrainerCallback):
    """Sends a signal to the process in the middle of a step."""

    def __init__(self, step, number=signal.SIGTERM):
        self.step, self.number = step, number

    def on_substep_end(self, args, state, control, **kwargs):
        if state.global_step + 1 == self.step:
            signal.raise_signal(self.number)


class DieAt(TrainerCallback):
    """Ends training in the middle of a step, with no time to save."""

    def __init__(self, step):
        self.step = step

    def on_substep_end(self, args, state, control, **kwargs):
        if state.global_step + 1 == self.step:
            raise ZeroDivisionError


def assert_same_tree(first, second):
    """Compare nested dicts and lists of tensors bit for bit."""
    if isinstance(first, torch.Tensor):
        assert torch.equal(first, second)
    elif isinstance(first, dict):
        assert first.keys() == second.keys()
        for name in first:
            assert_same_tree(first[name], second[name])
    elif isinstance(first, list | tuple):
        assert len(first) == len(second)
        for one, other in zip(first, second, strict=True):
            assert_same_tree(one, other)
    else:
        assert first == second


def assert_same_run(one, other):
    assert_same_tree(one.model.state_dict(), other.model.state_dict())
    assert_same_tree(one.optimizer.state_dict(), other.optimizer.state_dict())
    assert_same_tree(
        one.lr_scheduler.state_dict(), other.lr_scheduler.state_dict()
    )
    assert log_of(one) == log_of(other)
    assert one.state.total_flos == other.state.total_flos > 0


@pytest.fixture(scope="module")
def whole(dataset, tmp_path_factory):
    """An uninterrupted run."""
    trainer = small_trainer(dataset, tmp_path_factory.mktemp("whole"))
    output = trainer.train()
    trainer.output = output
    return trainer


def test_the_run_does_what_a_restart_could_get_wrong(whole):
    steps = [(e["step"], "loss" in e, "eval_loss" in e) for e in log_of(whole)]
    assert steps == [
        (3, True, False),
        (4, False, True),
        (6, True, False),
        (7, False, True),
        (7, False, False),
    ]
    assert whole.model.config.backbone_config.hidden_dropout_prob > 0
    losses = [entry["loss"] for entry in log_of(whole) if "loss" in entry]
    steps = whole.state.global_step
    total = sum(loss * 3 for loss in losses) + whole._tr_loss.item()
    assert whole.output.training_loss == pytest.approx(total / steps)


@pytest.mark.parametrize("step", range(1, 8))
def test_stopped_by_a_signal_and_resumed_at_every_step(
    step, whole, dataset, tmp_path
):
    before = signal.getsignal(signal.SIGTERM)
    stopped = small_trainer(dataset, tmp_path)
    stopped.add_callback(SignalAt(step))
    with pytest.raises(TrainingInterrupted) as interruption:
        stopped.train()
    assert (interruption.value.step, stopped.state.global_step) == (step, step)
    assert signal.getsignal(signal.SIGTERM) == before
    last = last_complete_checkpoint(tmp_path)
    assert last == tmp_path / f"checkpoint-{step}"
    resumed = small_trainer(dataset, tmp_path)
    output = resumed.train(resume_from_checkpoint=True)
    assert_same_run(resumed, whole)
    assert output.training_loss == whole.output.training_loss


@pytest.mark.parametrize("step", [4, 6])
def test_dead_in_mid_step_and_resumed_from_the_last_checkpoint(
    step, whole, dataset, tmp_path
):
    dying = small_trainer(dataset, tmp_path)
    dying.add_callback(DieAt(step))
    with pytest.raises(ZeroDivisionError):
        dying.train()
    truncated = tmp_path / f"checkpoint-{step}"
    shutil.copytree(tmp_path / f"checkpoint-{step - 2}", truncated)
    (truncated / "optimizer.pt").write_bytes(b"cut short")
    resumed = small_trainer(dataset, tmp_path)
    resumed.train(resume_from_checkpoint=True)
    assert_same_run(resumed, whole)
    saved = sorted(path.name for path in tmp_path.glob("*checkpoint*"))
    assert saved == ["checkpoint-6", "checkpoint-7"]


def test_evaluation_leaves_no_trace_in_the_weights(whole, dataset, tmp_path):
    blind = small_trainer(dataset, tmp_path, eval_strategy="no")
    blind.train()
    assert_same_tree(blind.model.state_dict(), whole.model.state_dict())


def test_the_second_signal_stops_at_once(dataset, tmp_path):
    trainer = small_trainer(dataset, tmp_path)
    for _ in range(2):
        trainer.add_callback(SignalAt(3, signal.SIGINT))
    with pytest.raises(KeyboardInterrupt) as interruption:
        trainer.train()
    assert not isinstance(interruption.value, TrainingInterrupted)
    assert trainer.state.global_step == 2


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_an_interrupted_command_is_one_line(
    number, status, monkeypatch, capsys
):
    def run(arguments):
        raise TrainingInterrupted(7, number)

    monkeypatch.setattr(pretrain, "run", run)
    assert main(["pretrain", "--output_dir", "run"]) == status
    error = capsys.readouterr().err
    assert error == "gmert: interrupted at step 7, --resume goes on\n"


@pytest.fixture(scope="module")
def stopped_once(dataset, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stopped")
    trainer = small_trainer(dataset, folder)
    trainer.add_callback(SignalAt(2))
    with pytest.raises(TrainingInterrupted):
        trainer.train()
    return folder


@pytest.fixture
def stopped_at_2(stopped_once, tmp_path):
    """The folder of a run that was stopped after two steps."""
    return shutil.copytree(stopped_once, tmp_path / "run")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"token_budget": 250}, r"'token_budget' must be 200 .* \(got 250\)"),
        ({"seed": 1}, r"'seed' must be 42 .* \(got 1\)"),
        ({"learning_rate": 1e-4}, r"'learning_rate' must be 0.001 .*0.0001\)"),
        (
            {"gradient_accumulation_steps": 1},
            r"'gradient_accumulation_steps x processes' must be 2 .*got 1",
        ),
        ({"hidden_size": 16}, r"hidden_size' must be 32 .*\(got 16\)"),
        ({"max_steps": 9}, r"'max_steps' must give 7 steps .* \(got 9\)"),
        (
            {"max_steps": -1, "num_train_epochs": 1},
            r"'num_train_epochs' must give 7 steps .* \(got 1\)",
        ),
        (
            {"seed": 1, "weight_decay": 0.5},
            r"'seed' must be .*; 'weight_decay' must be 0.0 .* \(got 0.5\)",
        ),
    ],
)
def test_another_run_is_refused(changes, message, stopped_at_2, dataset):
    trainer = small_trainer(dataset, stopped_at_2, **changes)
    with pytest.raises(ValueError, match=message):
        trainer.train(resume_from_checkpoint=True)


def test_other_data_and_masks_are_refused(stopped_at_2, dataset):
    trainer = small_trainer(dataset, stopped_at_2)
    trainer.train_dataset = trainer.train_dataset[1:]
    with pytest.raises(ValueError, match=r"'train_dataset.graphs' must"):
        trainer.train(resume_from_checkpoint=True)
    trainer = small_trainer(dataset, stopped_at_2)
    trainer.data_collator.transform.masks[0].rate = 0.5
    message = r"'train_collator.transform.masks.0.rate' must be 0.15 .*got 0.5"
    with pytest.raises(ValueError, match=message):
        trainer.train(resume_from_checkpoint=True)


def test_a_new_run_does_not_write_among_old_checkpoints(stopped_at_2, dataset):
    with pytest.raises(ValueError, match="earlier run"):
        small_trainer(dataset, stopped_at_2).train()


def test_what_does_not_touch_the_weights_may_change(
    whole, stopped_at_2, dataset
):
    trainer = small_trainer(
        dataset, stopped_at_2, logging_steps=1, save_steps=5, eval_steps=6
    )
    trainer.train(resume_from_checkpoint=True)
    assert_same_tree(trainer.model.state_dict(), whole.model.state_dict())
    steps = [entry["step"] for entry in log_of(trainer) if "loss" in entry]
    assert steps == [3, 4, 5, 6, 7]
    assert {path.name for path in stopped_at_2.glob("checkpoint-*")} == {
        "checkpoint-5",
        "checkpoint-7",
    }


def test_more_steps_of_a_constant_rate_are_as_if_asked_for_before(
    dataset, tmp_path
):
    constant = {"lr_scheduler_type": "constant", "warmup_steps": 0}
    small_trainer(dataset, tmp_path / "a", max_steps=4, **constant).train()
    resumed = small_trainer(dataset, tmp_path / "a", **constant)
    resumed.train(resume_from_checkpoint=True)
    whole = small_trainer(dataset, tmp_path / "b", **constant)
    whole.train()
    assert_same_tree(resumed.model.state_dict(), whole.model.state_dict())


def test_no_pickle_of_anything_but_tensors(stopped_at_2, dataset):
    checkpoint = stopped_at_2 / "checkpoint-2"
    assert not (checkpoint / "training_args.bin").exists()
    saved = json.loads((checkpoint / "training_arguments.json").read_text())
    assert saved["token_budget"] == 200

    class Malicious:
        def __reduce__(self):
            return open, (str(stopped_at_2 / "executed"), "w")

    (checkpoint / "manifest.json").unlink()
    for name in ("rng_state.pth", "optimizer.pt"):
        torch.save({"state": Malicious()}, checkpoint / name)
        trainer = small_trainer(dataset, stopped_at_2)
        with pytest.raises(ValueError, match=rf"no code \(got '.*{name}'\)"):
            trainer.train(resume_from_checkpoint=str(checkpoint))
    assert not (stopped_at_2 / "executed").exists()


class FullDiskAt(TrainerCallback):
    """Lets no file grow after a step, as if the disk were full."""

    def __init__(self, step):
        self.step = step

    def on_step_end(self, args, state, control, **kwargs):
        if state.global_step == self.step:
            resource.setrlimit(
                resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY)
            )


def test_a_full_disk_stops_training_and_keeps_the_last_checkpoint(
    whole, dataset, tmp_path
):
    trainer = small_trainer(dataset, tmp_path)
    trainer.add_callback(FullDiskAt(4))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    message = "must have room for checkpoint-4 of .*; checkpoint-2 is the last"
    try:
        with pytest.raises(OSError, match=message):
            trainer.train()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-2"]
    resumed = small_trainer(dataset, tmp_path)
    resumed.train(resume_from_checkpoint=True)
    assert_same_run(resumed, whole)


def scripted(trainer, losses):
    """Let the evaluation after step 1, 2, ... find these losses."""
    trainer.evaluate_batches = lambda batches: (
        {"loss": losses[trainer.state.global_step - 1]},
        None,
    )
    return trainer


EVERY_STEP = {
    "eval_steps": 1,
    "save_steps": 1,
    "save_total_limit": 1,
    "load_best_model_at_end": True,
    "metric_for_best_model": "loss",
    "greater_is_better": False,
}


def test_the_best_model_is_kept_and_loaded_also_where_the_run_was_moved(
    dataset, tmp_path
):
    losses = [3.0, 1.0, 2.0, 5.0, 4.0, 6.0, 7.0]
    start, moved = tmp_path / "start", tmp_path / "moved"
    trainer = scripted(small_trainer(dataset, start, **EVERY_STEP), losses)
    trainer.add_callback(SignalAt(4))
    with pytest.raises(TrainingInterrupted):
        trainer.train()
    found = {path.name for path in start.glob("checkpoint-*")}
    assert found == {"checkpoint-2", "checkpoint-4"}
    start.rename(moved)
    best = load_file(moved / "checkpoint-2" / "model.safetensors")
    trainer = scripted(small_trainer(dataset, moved, **EVERY_STEP), losses)
    trainer.train(resume_from_checkpoint=True)
    assert trainer.state.best_metric == 1.0
    assert trainer.state.best_model_checkpoint == str(moved / "checkpoint-2")
    weights = trainer.model.state_dict()
    for name, value in best.items():
        assert torch.equal(weights[name], value), name
    # As transformers has it with a limit of one: the best model's alone.
    found = [path.name for path in moved.glob("checkpoint-*")]
    assert found == ["checkpoint-2"]


def test_patience_outlives_a_restart_and_an_early_stop_is_final(
    dataset, tmp_path
):
    losses = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    options = {**EVERY_STEP, "save_total_limit": 5}

    def patient():
        trainer = scripted(small_trainer(dataset, tmp_path, **options), losses)
        trainer.add_callback(EarlyStoppingCallback(early_stopping_patience=3))
        return trainer

    trainer = patient()
    trainer.add_callback(SignalAt(3))
    with pytest.raises(TrainingInterrupted):
        trainer.train()
    trainer = patient()
    assert trainer.train(resume_from_checkpoint=True).global_step == 4
    # Killed before the model was written: the run had come to its end.
    trainer = patient()
    assert trainer.train(resume_from_checkpoint=True).global_step == 4
    best = load_file(tmp_path / "checkpoint-1" / "model.safetensors")
    name = "graphmert.decay_offset"
    assert torch.equal(trainer.model.state_dict()[name], best[name])


class FakeHub:
    """Takes what is uploaded, in the background or at once."""

    def __init__(self):
        self.uploads = []

    def create_repo(self, name, **kwargs):
        return type("Repository", (), {"repo_id": f"someone/{name}"})()

    def upload_folder(
        self,
        *,
        folder_path,
        path_in_repo=None,
        ignore_patterns=(),
        run_as_future=False,
        **kwargs,
    ):
        files = {
            path.relative_to(folder_path).as_posix()
            for path in Path(folder_path).rglob("*")
            if path.is_file()
        }
        patterns = [f"{p}*" if p.endswith("*") else p for p in ignore_patterns]
        kept = {
            name
            for name in files
            if not any(Path(name.split("/")[0]).match(p) for p in patterns)
        }
        self.uploads.append((Path(folder_path).name, path_in_repo, kept))
        done = Future()
        done.set_result(None)
        return done


def test_what_is_pushed_to_the_hub(dataset, tmp_path, monkeypatch):
    hub = FakeHub()
    monkeypatch.setattr(transformers.trainer, "hf_api", lambda: hub)
    monkeypatch.setattr(checkpoint_push, "HfApi", lambda: hub)
    output = tmp_path / "run"
    trainer = small_trainer(
        dataset,
        output,
        max_steps=3,
        push_to_hub=True,
        hub_strategy="checkpoint",
    )
    trainer.train()
    (output / "_checkpoint-9.partial").mkdir()
    (output / "_checkpoint-9.partial" / "model.safetensors").touch()
    trainer.push_to_hub()
    model = {
        "README.md",
        "config.json",
        "model.safetensors",
        "training_arguments.json",
    }
    uploads = [(folder, place) for folder, place, _ in hub.uploads]
    assert uploads == [
        ("checkpoint-2", None),
        ("checkpoint-2", "last-checkpoint"),
        ("checkpoint-3", None),
        ("checkpoint-3", "last-checkpoint"),
        ("run", None),
    ]
    assert hub.uploads[0][2] == model
    assert hub.uploads[1][2] > model | {"manifest.json", "optimizer.pt"}
    assert hub.uploads[4][2] == model | {
        "losses.png",
        "relation_confusion.json",
        "relation_confusion.png",
    }


def test_a_refused_resume_of_the_command_writes_nothing(
    dataset, project, tmp_path, capfd, caplog
):
    command = ["pretrain", "--data", str(dataset.root), "--resume"]
    command += ["--source", str(project), "--output_dir", str(tmp_path / "run")]
    command += ["--token_budget", "300", "--max_steps", "2", "--save_steps"]
    command += ["1", "--num_hidden_layers", "1", "--hidden_size", "32"]
    command += ["--held_out_share", "0.2"]
    assert main(command) == 0
    written = (tmp_path / "run" / "pretrain.yaml").read_bytes()
    last = tmp_path / "run" / "checkpoint-2"
    (last / "model.safetensors").write_bytes(b"cut short")
    assert main([*command, "--learning_rate", "0.5"]) == 2
    line = capfd.readouterr().err.strip().splitlines()[-1]
    assert "error: 'learning_rate' must be 0.001, as in" in line
    warned = [text for text in caplog.messages if "has 9 of" in text]
    assert len(warned) == 1
    assert (tmp_path / "run" / "pretrain.yaml").read_bytes() == written
    assert main(command) == 0
    assert last_complete_checkpoint(tmp_path / "run") == last
    # A share of the run stays one: a resumed run compares it with its own.
    state = json.loads((last / "trainer_state.json").read_text())
    saved = json.loads((last / "training_arguments.json").read_text())
    assert state["logging_steps"] == saved["logging_steps"] < 1
