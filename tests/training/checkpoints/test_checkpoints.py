"""Checkpoints as folders: whole, cut short in every way, rotated."""

import errno
import json
import logging
import os
import resource
import shutil
from contextlib import contextmanager

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from gmert_pyg.training import last_complete_checkpoint
from gmert_pyg.training.checkpoints import writing as checkpoint_writing
from gmert_pyg.training.checkpoints.files import check_only_tensors
from gmert_pyg.training.checkpoints.full_disk import write_failure
from gmert_pyg.training.checkpoints.whole import (
    check_no_checkpoints,
    checkpoint_to_resume,
    damage,
)
from gmert_pyg.training.checkpoints.writing import (
    remove_leftovers,
    rotate_checkpoints,
    whole_checkpoint,
)

TENSORS = {"weight": torch.arange(300.0)}
LARGE = {"weight": torch.zeros(100_000)}


def fill(folder):
    """Write what a Trainer does, but little of it."""
    save_file(TENSORS, folder / "model.safetensors", {"format": "pt"})
    (folder / "trainer_state.json").write_text('{"global_step": 1}')
    for name in ("optimizer.pt", "scheduler.pt", "rng_state.pth"):
        torch.save(TENSORS, folder / name)


def save(output, step, *, resumable=True, write=fill, is_writer=True):
    with whole_checkpoint(
        output / f"checkpoint-{step}",
        needed=5000,
        resumable=resumable,
        is_writer=is_writer,
        wait_for_everyone=lambda: None,
    ) as folder:
        write(folder)
    return output / f"checkpoint-{step}"


def names(output):
    return sorted(path.name for path in output.iterdir())


def test_the_last_of_whole_checkpoints_is_found_by_number(tmp_path):
    assert last_complete_checkpoint(tmp_path / "nowhere") is None
    assert last_complete_checkpoint(tmp_path) is None
    for step in (9, 10, 2):
        save(tmp_path, step)
    (tmp_path / "checkpoint-99").write_text("a file")
    (tmp_path / "checkpoint-x").mkdir()
    assert last_complete_checkpoint(tmp_path) == tmp_path / "checkpoint-10"


def test_the_manifest_lists_sizes_and_hashes(tmp_path):
    def write(folder):
        (folder / "part").mkdir()
        (folder / "part" / "a.txt").write_text("abc")

    checkpoint = save(tmp_path, 1, write=write)
    manifest = json.loads((checkpoint / "manifest.json").read_text())
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert manifest["files"] == {
        "part/a.txt": {"bytes": 3, "sha256": digest}  # SHA-256 of "abc"
    }


def truncate(name, size=100):
    return lambda folder: os.truncate(folder / name, size)


def unlink(name):
    return lambda folder: (folder / name).unlink()


def flip(folder):
    path = folder / "optimizer.pt"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def claim_another_size(folder):
    path = folder / "manifest.json"
    content = json.loads(path.read_text())
    content["files"]["model.safetensors"]["bytes"] += 1
    path.write_text(json.dumps(content))


def empty_manifest(folder):
    (folder / "manifest.json").write_text("{}")


def without_manifest(change):
    def both(folder):
        (folder / "manifest.json").unlink()
        change(folder)

    return both


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (truncate("model.safetensors"), "model.safetensors has 100 of 1,"),
        (truncate("trainer_state.json", 0), "trainer_state.json has 0 of"),
        (unlink("rng_state.pth"), "rng_state.pth is missing"),
        (flip, "optimizer.pt was changed"),
        (claim_another_size, "model.safetensors has 1,"),
        (truncate("manifest.json"), "manifest.json cannot be read"),
        (empty_manifest, "manifest.json cannot be read"),
        (
            without_manifest(truncate("model.safetensors")),
            "no manifest.json, and model.safetensors cannot be read",
        ),
        (
            without_manifest(truncate("optimizer.pt")),
            "no manifest.json, and optimizer.pt cannot be read",
        ),
        (
            without_manifest(truncate("trainer_state.json", 3)),
            "no manifest.json, and trainer_state.json cannot be read",
        ),
        (
            without_manifest(unlink("scheduler.pt")),
            "no manifest.json, and scheduler.pt is missing",
        ),
        (
            without_manifest(unlink("model.safetensors")),
            "no manifest.json, and model.safetensors is missing",
        ),
        (
            without_manifest(unlink("rng_state.pth")),
            "no manifest.json, and rng_state.pth is missing",
        ),
    ],
)
def test_one_cut_short_is_named_and_the_one_before_is_taken(
    change, message, tmp_path, caplog
):
    save(tmp_path, 1)
    change(save(tmp_path, 2))
    with caplog.at_level(logging.WARNING):
        assert last_complete_checkpoint(tmp_path) == tmp_path / "checkpoint-1"
    (warning,) = caplog.messages
    assert f"'{tmp_path / 'checkpoint-2'}' is skipped: {message}" in warning
    pattern = "'resume_from_checkpoint' must be a whole checkpoint .*-2'"
    with pytest.raises(ValueError, match=pattern):
        checkpoint_to_resume(str(tmp_path / "checkpoint-2"), tmp_path)


def test_one_of_another_trainer_without_a_manifest_is_taken_if_whole(tmp_path):
    checkpoint = save(tmp_path, 3)
    (checkpoint / "manifest.json").unlink()
    assert last_complete_checkpoint(tmp_path) == checkpoint
    # Weights in several files.
    (checkpoint / "model.safetensors").rename(
        checkpoint / "model-1.safetensors"
    )
    index = {"weight_map": {"weight": "model-1.safetensors"}}
    (checkpoint / "model.safetensors.index.json").write_text(json.dumps(index))
    assert damage(checkpoint) is None
    (checkpoint / "model-1.safetensors").unlink()
    assert "model-1.safetensors is missing" in damage(checkpoint)


def test_one_of_the_model_alone_is_not_gone_on_from(tmp_path):
    assert damage(save(tmp_path, 3, resumable=False)) == (
        "only the model was saved"
    )


def test_nothing_whole_to_go_on_from_is_an_error(tmp_path):
    assert checkpoint_to_resume(None, tmp_path) is None
    assert checkpoint_to_resume(False, tmp_path) is None
    with pytest.raises(ValueError, match=r"no whole .* \(got True for"):
        checkpoint_to_resume(True, tmp_path)
    with pytest.raises(ValueError, match=r"'nowhere': no such folder\)"):
        checkpoint_to_resume("nowhere", tmp_path)


def test_a_new_run_among_checkpoints_is_refused(tmp_path):
    check_no_checkpoints(tmp_path)
    save(tmp_path, 3)
    with pytest.raises(ValueError, match=r"earlier run.*\(got '.*point-3'\)"):
        check_no_checkpoints(tmp_path)


def test_it_has_its_name_only_when_it_is_whole(tmp_path):
    def look(folder):
        fill(folder)
        assert names(tmp_path) == ["_checkpoint-1.partial"]

    save(tmp_path, 1, write=look)
    assert names(tmp_path) == ["checkpoint-1"]


def test_an_error_while_saving_leaves_nothing(tmp_path):
    def fail(folder):
        fill(folder)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        save(tmp_path, 1, write=fail)
    assert names(tmp_path) == []


def test_one_that_stands_is_replaced(tmp_path):
    truncate("model.safetensors")(save(tmp_path, 1))
    assert damage(save(tmp_path, 1)) is None
    assert names(tmp_path) == ["checkpoint-1"]


def test_other_processes_write_into_the_same_folder(tmp_path):
    order = []
    partial = tmp_path / "_checkpoint-1.partial"

    def wait():
        # At the second barrier this process has written, so the others have.
        order.append(names(tmp_path))
        if len(order) == 2:
            (partial / "rng_state_1.pth").write_text("of the other process")

    with whole_checkpoint(
        tmp_path / "checkpoint-1",
        needed=0,
        resumable=True,
        is_writer=True,
        wait_for_everyone=wait,
    ) as folder:
        (folder / "rng_state_0.pth").write_text("of this process")
    assert order == [[partial.name], [partial.name], ["checkpoint-1"]]
    manifest = (tmp_path / "checkpoint-1" / "manifest.json").read_text()
    assert list(json.loads(manifest)["files"]) == [
        "rng_state_0.pth",
        "rng_state_1.pth",
    ]


@pytest.mark.parametrize(
    ("steps", "newest", "limit", "best", "kept"),
    [
        ((2, 4, 10), 10, None, None, (2, 4, 10)),
        ((2, 4, 10), 10, 2, None, (4, 10)),
        ((2, 4, 10), 10, 1, None, (10,)),
        ((2, 4, 10), 10, 2, 2, (2, 10)),
        ((2, 4, 10), 10, 1, 2, (2, 10)),
        # Training went on from 2, since 10 and 12 were damaged.
        ((2, 4, 10, 12), 4, 2, None, (2, 4)),
        ((2, 4, 10, 12), 4, 3, None, (2, 4, 12)),
    ],
)
def test_rotation(steps, newest, limit, best, kept, tmp_path):
    for step in steps:
        (tmp_path / f"checkpoint-{step}").mkdir()
    best = best and str(tmp_path / f"checkpoint-{best}")
    rotate_checkpoints(tmp_path, tmp_path / f"checkpoint-{newest}", limit, best)
    assert names(tmp_path) == sorted(f"checkpoint-{step}" for step in kept)


def test_one_half_removed_is_no_checkpoint(tmp_path, monkeypatch):
    for step in (1, 2):
        save(tmp_path, step)

    def killed(path, **_):
        if path.exists():
            (path / "model.safetensors").unlink()
            raise SystemExit

    monkeypatch.setattr(shutil, "rmtree", killed)
    with pytest.raises(SystemExit):
        rotate_checkpoints(tmp_path, tmp_path / "checkpoint-2", 1, None)
    monkeypatch.undo()
    assert names(tmp_path) == ["_checkpoint-1.removed", "checkpoint-2"]
    (tmp_path / "_checkpoint-3.partial").mkdir()
    (tmp_path / "_other.partial").mkdir()
    remove_leftovers(tmp_path)
    assert names(tmp_path) == ["_other.partial", "checkpoint-2"]


@contextmanager
def files_of_at_most(size):
    """Let no file grow beyond a size, as if the disk were full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(
    "write",
    [
        lambda folder: save_file(LARGE, folder / "model.safetensors"),
        lambda folder: torch.save(LARGE, folder / "optimizer.pt"),
        lambda folder: (folder / "state.json").write_text("x" * 400_000),
    ],
    ids=["safetensors", "torch", "json"],
)
def test_a_full_disk_is_one_line_and_the_last_checkpoint_stands(
    write, tmp_path
):
    last = save(tmp_path, 1)
    pattern = (
        r"'output_dir' must have room for checkpoint-2 of 5,000 bytes: .*;"
        r" checkpoint-1 is the last good one \(got '.*' with .* bytes free\)$"
    )
    with files_of_at_most(200_000), pytest.raises(OSError, match=pattern):
        save(tmp_path, 2, write=write)
    assert names(tmp_path) == ["checkpoint-1"]
    assert damage(last) is None
    with (
        files_of_at_most(200_000),
        pytest.raises(OSError, match="there is no good one"),
    ):
        save(tmp_path / "new", 2, write=write)


def test_a_disk_that_fills_up_at_the_very_end(tmp_path, monkeypatch):
    def fsync(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    save(tmp_path, 1)
    monkeypatch.setattr(checkpoint_writing.os, "fsync", fsync)
    with pytest.raises(OSError, match="No space left on device; checkpoint-1"):
        save(tmp_path, 2)
    assert names(tmp_path) == ["checkpoint-1"]


def test_other_errors_are_not_taken_for_a_full_disk():
    assert write_failure(FileNotFoundError(errno.ENOENT, "no file")) is None
    assert write_failure(RuntimeError("shapes do not agree")) is None
    assert write_failure(SafetensorError("header too large")) is None


class Malicious:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize(
    "name", ["optimizer.pt", "scheduler.pt", "rng_state.pth", "rng_state_3.pth"]
)
def test_code_in_a_checkpoint_is_refused(name, tmp_path):
    fill(tmp_path)
    check_only_tensors(tmp_path)
    trace = tmp_path / "executed"
    torch.save({"state": Malicious(trace)}, tmp_path / name)
    with pytest.raises(ValueError, match=rf"no code \(got '.*{name}'\)$"):
        check_only_tensors(tmp_path)
    assert not trace.exists()
