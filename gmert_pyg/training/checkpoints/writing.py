"""Checkpoints come and go whole, whenever the process is killed.

While a checkpoint is written, and while it is removed, its folder has a name
that no one takes for a checkpoint's, and that the Hub does not upload.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gmert_pyg.training.checkpoints.full_disk import (
    WRITE_ERRORS,
    write_error,
    write_failure,
)
from gmert_pyg.training.checkpoints.whole import (
    MANIFEST,
    checkpoints_in,
    step_of,
    write_manifest,
)


@contextmanager
def whole_checkpoint(
    checkpoint: Path,
    *,
    needed: int,
    resumable: bool,
    is_writer: bool,
    wait_for_everyone: Callable[[], None],
) -> Iterator[Path]:
    """Give a folder that all processes fill; on success it is a checkpoint.

    Files and folders reach the disk before the name that they are found under.

    Args:
        checkpoint: the folder it becomes. An older one of that name is
            replaced.
        needed: about how many bytes it takes.
        resumable: whether training can go on from it.
        is_writer: whether this process makes the folder.
        wait_for_everyone: returns when every process has called it.

    Raises:
        OSError: if it could not be written; nothing of it is left then.
    """
    partial = _aside(checkpoint, "partial")
    if is_writer:
        shutil.rmtree(partial, ignore_errors=True)
    try:
        if is_writer:
            partial.mkdir(parents=True)
        wait_for_everyone()
        yield partial
        wait_for_everyone()
        if is_writer:
            write_manifest(partial, resumable=resumable)
            _flush(partial)
            _publish(partial, checkpoint)
        wait_for_everyone()
    except WRITE_ERRORS as error:
        reason = write_failure(error)
        if reason is None:
            raise
        shutil.rmtree(partial, ignore_errors=True)
        raise write_error(reason, checkpoint, needed) from error
    finally:
        if is_writer:
            shutil.rmtree(partial, ignore_errors=True)


def _publish(partial: Path, checkpoint: Path) -> None:
    if checkpoint.exists():
        remove_checkpoint(checkpoint)
    os.replace(partial, checkpoint)
    _flush_folder(checkpoint.parent)


def remove_checkpoint(checkpoint: Path) -> None:
    """Remove a checkpoint: it loses its name before its first file."""
    removed = _aside(checkpoint, "removed")
    shutil.rmtree(removed, ignore_errors=True)
    os.replace(checkpoint, removed)
    shutil.rmtree(removed, ignore_errors=True)


def rotate_checkpoints(
    output_dir: Path, newest: Path, limit: int | None, best: str | None
) -> None:
    """Remove old checkpoints, but neither the newest nor the best one.

    Those after the newest go first: training went on from before them, since
    they were damaged or by request.

    Args:
        output_dir: the folder of the run.
        newest: the checkpoint saved last.
        limit: how many to keep; all if `None` or not positive.
        best: the best checkpoint, if known.
    """
    if limit is None or limit <= 0:
        return
    step = step_of(newest)
    kept = {newest.name} | ({Path(best).name} if best else set())
    checkpoints = checkpoints_in(output_dir)
    removable = sorted(
        (path for path in checkpoints if path.name not in kept),
        key=lambda path: (step_of(path) <= step, step_of(path)),
    )
    for path in removable[: max(0, len(checkpoints) - limit)]:
        remove_checkpoint(path)


def remove_leftovers(output_dir: Path) -> None:
    """Remove what a killed process was writing, or about to remove."""
    for kind in ("partial", "removed"):
        for path in output_dir.glob(f"_checkpoint-*.{kind}"):
            shutil.rmtree(path, ignore_errors=True)


def _aside(checkpoint: Path, kind: str) -> Path:
    return checkpoint.with_name(f"_{checkpoint.name}.{kind}")


def _flush(folder: Path) -> None:
    """Wait until all of a folder is on the disk, the manifest last."""
    paths = sorted(folder.rglob("*"), key=lambda path: path.name == MANIFEST)
    for path in paths:
        if path.is_file():
            with path.open("r+b") as file:
                os.fsync(file.fileno())
    for path in (*paths, folder):
        if path.is_dir():
            _flush_folder(path)


def _flush_folder(folder: Path) -> None:
    if os.name == "nt":  # folders cannot be opened there
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
