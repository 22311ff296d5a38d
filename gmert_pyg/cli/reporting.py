"""Where losses are sent, with errors that name the option."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from transformers.integrations.integration_utils import (
    get_available_reporting_integrations,
)


def check_report_to(report_to: str) -> None:
    """Check that losses can be sent, before work is done.

    Args:
        report_to: `"none"`, `"wandb"`, `"tensorboard"`, or another service
            that transformers knows.

    Raises:
        ValueError: if its package is not installed.
    """
    if report_to not in ("none", *get_available_reporting_integrations()):
        raise ValueError(
            "'report_to' must have the package of its name installed (got"
            f" '{report_to}')"
        )


@contextmanager
def sending_losses(report_to: str) -> Iterator[None]:
    """Let what wandb refuses, such as a missing account, be bad input.

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
