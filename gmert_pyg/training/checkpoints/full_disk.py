"""Failures to write, as each library reports them, in one clear line."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

from safetensors import SafetensorError

from gmert_pyg.training.checkpoints.whole import last_complete_checkpoint

# What writing raises: the operating system, safetensors, and `torch.save`,
# which keeps the operating system's reason to itself.
WRITE_ERRORS = (OSError, SafetensorError, RuntimeError)
_REASONS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)


def write_failure(error: BaseException) -> str | None:
    """Return why a file could not be written, if that is what happened.

    Args:
        error: any of `WRITE_ERRORS`.
    """
    text = str(error)
    if isinstance(error, OSError):
        return error.strerror if error.errno in _REASONS else None
    if isinstance(error, SafetensorError):
        for number in _REASONS:
            if f"os error {number})" in text:
                return os.strerror(number)
        return None
    if "inline_container" in text or "PytorchStreamWriter" in text:
        return "a file could not be written to its end"
    return None


def write_error(reason: str, checkpoint: Path, needed: int) -> OSError:
    """Return the error that says what was to be saved, and what there is.

    Args:
        reason: why it could not be written.
        checkpoint: what was to be saved.
        needed: its bytes.
    """
    folder = checkpoint.parent
    last = last_complete_checkpoint(folder)
    good = "there is no good one"
    if last is not None:
        good = f"{last.name} is the last good one"
    free = shutil.disk_usage(folder).free
    return OSError(
        f"'output_dir' must have room for {checkpoint.name} of {needed:,}"
        f" bytes: {reason}; {good} (got '{folder}' with"
        f" {free:,} bytes free)"
    )
