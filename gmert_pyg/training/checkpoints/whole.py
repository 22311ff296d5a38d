"""Checkpoints that are whole: each holds a manifest of its files."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from pathlib import Path

from gmert_pyg.training.checkpoints.files import unreadable_file

MANIFEST = "manifest.json"
_NAME = re.compile(r"checkpoint-(\d+)")

logger = logging.getLogger(__name__)


def checkpoints_in(output_dir: str | os.PathLike[str]) -> list[Path]:
    """Return the checkpoints of a run, whole or not, by step."""
    folder = Path(output_dir)
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]
    return sorted((path for path in found if path.is_dir()), key=step_of)


def step_of(checkpoint: Path) -> int:
    """Return the optimizer step after which a checkpoint was saved."""
    match = _NAME.fullmatch(checkpoint.name)
    assert match is not None
    return int(match[1])


def write_manifest(folder: Path, *, resumable: bool = True) -> None:
    """Write the sizes and hashes of all files of a folder into it.

    Args:
        folder: the folder.
        resumable: whether the files are all that training goes on from.
    """
    files = {
        path.relative_to(folder).as_posix(): {
            "bytes": path.stat().st_size,
            "sha256": _digest(path),
        }
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / MANIFEST
    }
    content = {"version": 1, "resumable": resumable, "files": files}
    text = json.dumps(content, indent=2) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def damage(checkpoint: str | os.PathLike[str]) -> str | None:
    """Tell why training cannot go on from a folder, if it cannot.

    The files must be those that the manifest lists, in size and content. One
    without a manifest, as :class:`transformers.Trainer` writes, must at least
    hold all that it reads, each file readable to its end.

    Args:
        checkpoint: the folder.

    Returns:
        The first thing that is wrong, or `None`.
    """
    folder = Path(checkpoint)
    if not folder.is_dir():
        return "no such folder"
    if not (folder / MANIFEST).exists():
        wrong = unreadable_file(folder)
        return None if wrong is None else f"no {MANIFEST}, and {wrong}"
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = {
            str(name): (int(of_file["bytes"]), str(of_file["sha256"]))
            for name, of_file in content["files"].items()
        }
        resumable = bool(content["resumable"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"{MANIFEST} cannot be read"
    if not resumable:
        return "only the model was saved"
    return _disagreement(folder, files)


def _disagreement(
    folder: Path, files: dict[str, tuple[int, str]]
) -> str | None:
    """Compare a folder with its manifest, the sizes first."""
    for name, (size, _) in files.items():
        path = folder / name
        if not path.is_file():
            return f"{name} is missing"
        found = path.stat().st_size
        if found != size:
            return f"{name} has {found:,} of {size:,} bytes"
    for name, (_, digest) in files.items():
        if _digest(folder / name) != digest:
            return f"{name} was changed"
    return None


def last_complete_checkpoint(
    output_dir: str | os.PathLike[str],
) -> Path | None:
    """Return the newest checkpoint of a run that is whole.

    Every newer one is named in a warning that says what is wrong with it.

    Args:
        output_dir (str): The folder of the run.

    Example:
        >>> last_complete_checkpoint("no such run") is None
        True
    """
    for checkpoint in reversed(checkpoints_in(output_dir)):
        wrong = damage(checkpoint)
        if wrong is None:
            return checkpoint
        logger.warning("'%s' is skipped: %s", checkpoint, wrong)
    return None


def checkpoint_to_resume(
    asked: str | os.PathLike[str] | bool | None,
    output_dir: str | os.PathLike[str],
) -> Path | None:
    """Return the checkpoint that training goes on from, if any.

    Args:
        asked: a checkpoint; or `True` for the newest whole one of
            `output_dir`; or `None` or `False` for none.
        output_dir: the folder of the run.

    Raises:
        ValueError: if there is none, or if the one asked for is damaged.
    """
    if asked is None or asked is False:
        return None
    if asked is True:
        last = last_complete_checkpoint(output_dir)
        if last is None:
            raise ValueError(
                "'resume_from_checkpoint' must be None where there is no whole"
                f" checkpoint (got True for '{output_dir}')"
            )
        return last
    wrong = damage(asked)
    if wrong is not None:
        raise ValueError(
            "'resume_from_checkpoint' must be a whole checkpoint (got"
            f" '{os.fspath(asked)}': {wrong})"
        )
    return Path(asked)


def check_no_checkpoints(output_dir: str | os.PathLike[str]) -> None:
    """Check that a new run does not write among the checkpoints of another.

    Of two runs in one folder, the last checkpoint would be of either.

    Raises:
        ValueError: if there are checkpoints.
    """
    found = checkpoints_in(output_dir)
    if found:
        raise ValueError(
            "'output_dir' must hold no checkpoints of an earlier run, unless"
            f" 'resume_from_checkpoint' says to go on (got '{found[-1]}')"
        )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
