"""Callbacks that report a run, in place of those of transformers."""

from __future__ import annotations

from typing import Any

from transformers.integrations.integration_utils import (
    TensorBoardCallback,
    WandbCallback,
)


def use_own_reports(trainer: Any) -> None:
    """Let a trainer report what a pre-training run has, where it was told to
    report at all. Nothing is imported otherwise.

    Args:
        trainer (GraphMertTrainer): the trainer.
    """
    if trainer.pop_callback(WandbCallback) is not None:
        from gmert_pyg.training.tracking.wandb_tracking import (
            WandbPretrainingCallback,
        )

        trainer.add_callback(WandbPretrainingCallback(trainer))
    if trainer.pop_callback(TensorBoardCallback) is not None:
        from gmert_pyg.training.tracking.tensorboard_tracking import (
            TensorBoardPretrainingCallback,
        )

        trainer.add_callback(TensorBoardPretrainingCallback(trainer))
