"""Where losses are sent, with errors that name the option."""

from __future__ import annotations

import netrc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from transformers.integrations.integration_utils import (
    get_available_reporting_integrations,
)

from gmert_pyg.training.tracking.wandb_settings import send_only_the_run

_INSTALL = {"tensorboard": "gmert-pyg[tensorboard]"}
# Where accounts of Weights & Biases are, whatever its service is called.
_WANDB_HOST = "api.wandb.ai"


def check_report_to(report_to: str) -> None:
    """Check that losses can be sent, before work is done.

    Nothing is sent for it, and wandb is imported only if it is asked for.

    Args:
        report_to: `"none"`, `"wandb"`, `"tensorboard"`, or another service
            that transformers knows.

    Raises:
        ValueError: if its package is not installed, or if wandb needs an
            account and knows none.
    """
    if report_to not in ("none", *get_available_reporting_integrations()):
        package = _INSTALL.get(report_to, report_to)
        raise ValueError(
            "'report_to' must have the package of its name installed: `pip"
            f" install '{package}'` (got '{report_to}')"
        )
    if report_to == "wandb" and not _has_account():
        raise ValueError(
            "'report_to' must be wandb with an account (`wandb login` or"
            " WANDB_API_KEY), or with WANDB_MODE=offline, which needs none (got"
            " 'wandb': no API key)"
        )


def _has_account() -> bool:
    """Whether wandb has a key to send with, or is not to send at all."""
    environment = os.environ
    if environment.get("WANDB_API_KEY") or environment.get(
        "WANDB_IDENTITY_TOKEN_FILE"
    ):
        return True
    mode = environment.get("WANDB_MODE")
    if mode is None or mode == "online":
        send_only_the_run()
        import wandb

        # Also what `wandb offline` has written, and a service of one's own.
        settings = wandb.setup().settings
        if settings.api_key:
            return True
        mode = mode or settings.mode
        if mode == "online":
            return _has_login(str(settings.base_url))
    return mode in ("offline", "dryrun", "disabled")


def _has_login(base_url: str) -> bool:
    """Whether `wandb login` has left a key where curl looks for passwords."""
    names = (os.environ.get("NETRC", "~/.netrc"), "~/.netrc", "~/_netrc")
    for path in (Path(name).expanduser() for name in names):
        if not path.is_file():
            continue
        try:
            logins = netrc.netrc(str(path))
        except netrc.NetrcParseError:
            continue
        for host in (urlsplit(base_url).netloc, _WANDB_HOST):
            if host in logins.hosts:
                return True
    return False


@contextmanager
def sending_losses(report_to: str) -> Iterator[None]:
    """Let what wandb refuses, such as a key that is not valid, be bad input.

    Args:
        report_to: where losses are sent.

    Raises:
        ValueError: if wandb refuses.
    """
    if report_to != "wandb":
        yield
        return
    from wandb.errors import Error

    try:
        yield
    except Error as error:
        raise ValueError(
            "'report_to' must be a service that takes losses, or wandb with"
            f" WANDB_MODE=offline (got 'wandb': {error})"
        ) from error
