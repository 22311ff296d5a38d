"""Checkpoints on the Hub, while training goes on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from huggingface_hub import HfApi
from transformers.trainer_utils import HubStrategy
from transformers.utils.hub import PushInProgress

from gmert_pyg.training.checkpoints.whole import MANIFEST

if TYPE_CHECKING:
    from gmert_pyg.training.checkpoints.restartable_trainer import (
        RestartableTrainer,
    )

# What only training reads: the rest of a checkpoint is the model.
_OF_TRAINING = [
    MANIFEST,
    "loss_sums_*.json",
    "optimizer.pt",
    "rng_state*.pth",
    "run_identity.json",
    "scaler.pt",
    "scheduler.pt",
    "trainer_state.json",
]


def push_checkpoint(trainer: RestartableTrainer, checkpoint: Path) -> None:
    """Send a checkpoint to the Hub in the background, as `hub_strategy` says.

    The model is sent from the checkpoint itself, so that what arrives is whole.
    While an earlier one is on its way, a later one is sent only with
    `hub_always_push`.

    Args:
        trainer: the trainer.
        checkpoint: a whole checkpoint.
    """
    args = trainer.args
    if (
        not trainer.is_world_process_zero()
        or args.hub_strategy == HubStrategy.END
    ):
        return
    before = trainer.push_in_progress
    is_busy = before is not None and not before.is_done()
    if is_busy and not args.hub_always_push:
        return
    trainer.callback_handler.on_push_begin(args, trainer.state, trainer.control)
    places: list[tuple[str | None, list[str]]] = [(None, _OF_TRAINING)]
    if args.hub_strategy == HubStrategy.CHECKPOINT:
        places.append(("last-checkpoint", []))
    if args.hub_strategy == HubStrategy.ALL_CHECKPOINTS:
        places.append((checkpoint.name, []))
    jobs = [
        HfApi().upload_folder(
            repo_id=str(trainer.hub_model_id),
            folder_path=checkpoint,
            path_in_repo=place,
            ignore_patterns=left_out,
            commit_message=f"Training in progress, {checkpoint.name}",
            token=args.hub_token,
            revision=args.hub_revision,
            run_as_future=True,
        )
        for place, left_out in places
    ]
    if before is not None and is_busy:
        before.jobs.extend(jobs)
    else:
        trainer.push_in_progress = PushInProgress(cast(Any, jobs))
