"""What wandb sends besides a run, unless it is told not to."""

from __future__ import annotations

import os

# Reports of its own errors, all that is printed, the code, and where its
# repository is. Who wants them sets these variables.
_NOT_SENT = {
    "WANDB_ERROR_REPORTING": "false",
    "WANDB_CONSOLE": "off",
    "WANDB_DISABLE_CODE": "true",
    "WANDB_DISABLE_GIT": "true",
}


def send_only_the_run() -> None:
    """Turn it off where nothing is set; to be called before wandb starts."""
    for name, value in _NOT_SENT.items():
        os.environ.setdefault(name, value)
