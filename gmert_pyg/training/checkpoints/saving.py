"""What a checkpoint holds, and when it is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch
from transformers import TrainerState

from gmert_pyg.training.checkpoints.callback_states import callback_states
from gmert_pyg.training.checkpoints.loss_sums import save_loss_sums
from gmert_pyg.training.checkpoints.run_identity import save_run_identity
from gmert_pyg.training.checkpoints.writing import (
    rotate_checkpoints,
    whole_checkpoint,
)
from gmert_pyg.training.processes.fully_sharded import local_part

if TYPE_CHECKING:
    from gmert_pyg.training.checkpoints.restartable_trainer import (
        RestartableTrainer,
    )


def save_checkpoint(trainer: RestartableTrainer, trial: Any = None) -> Path:
    """Save all that training goes on from; remove what is too old.

    Args:
        trainer: the trainer, between two steps.
        trial: of a search for hyperparameters.

    Raises:
        OSError: if it could not be written; the older ones are left as they
            are then.
    """
    args = trainer.args
    output_dir = Path(trainer._get_output_dir(trial))
    checkpoint = output_dir / f"checkpoint-{trainer.state.global_step}"
    if trainer.hp_search_backend is None and trial is None:
        trainer.store_flos()
    with whole_checkpoint(
        checkpoint,
        needed=num_bytes(trainer),
        resumable=not args.save_only_model,
        is_writer=args.should_save,
        wait_for_everyone=trainer.accelerator.wait_for_everyone,
    ) as folder:
        _fill(trainer, folder, checkpoint)
    if args.push_to_hub:
        trainer._push_from_checkpoint(str(checkpoint))
    if args.should_save and not _is_uploading(trainer):
        rotate_checkpoints(
            output_dir,
            checkpoint,
            args.save_total_limit,
            trainer.state.best_model_checkpoint,
        )
    return checkpoint


def _fill(trainer: RestartableTrainer, folder: Path, checkpoint: Path) -> None:
    """Write the files of a checkpoint; each process writes its own part."""
    trainer.save_model(str(folder), _internal_call=True)
    note_best_checkpoint(trainer, checkpoint)
    if not trainer.args.save_only_model:
        trainer._save_optimizer_and_scheduler(str(folder))
        trainer._save_scaler(str(folder))
        trainer._save_rng_state(str(folder))
        save_loss_sums(trainer, folder)
    if trainer.args.should_save:
        _state_as_asked(trainer).save_to_json(
            str(folder / "trainer_state.json")
        )
        save_run_identity(trainer, folder)


def _state_as_asked(trainer: RestartableTrainer) -> TrainerState:
    """Return the state, with the intervals as the arguments say them.

    Shares of the run stay shares, which a resumed run compares with its own.
    """
    args = trainer.args
    return replace(
        trainer.state,
        stateful_callbacks=cast(Any, callback_states(trainer)),
        logging_steps=cast(int, args.logging_steps),
        eval_steps=cast(int, args.eval_steps),
        save_steps=cast(int, args.save_steps),
    )


def note_best_checkpoint(trainer: RestartableTrainer, checkpoint: Path) -> None:
    """Remember where the best model lies, if it was saved at all."""
    state = trainer.state
    if not state.best_global_step:
        return
    best = checkpoint.with_name(f"checkpoint-{state.best_global_step}")
    if best == checkpoint or best.is_dir():
        state.best_model_checkpoint = str(best)


def num_bytes(trainer: RestartableTrainer) -> int:
    """Return about how many bytes a checkpoint takes: its tensors."""
    tensors = list(trainer.model.state_dict().values())
    if trainer.optimizer is not None and not trainer.args.save_only_model:
        for of_parameter in trainer.optimizer.state.values():
            tensors += [
                value
                for value in of_parameter.values()
                if isinstance(value, torch.Tensor)
            ]
    storages = {
        local_part(tensor).untyped_storage().data_ptr(): tensor
        for tensor in tensors
    }
    return sum(tensor.nbytes for tensor in storages.values())


def _is_uploading(trainer: RestartableTrainer) -> bool:
    """Tell whether the Hub is still being sent a checkpoint."""
    push = getattr(trainer, "push_in_progress", None)
    return push is not None and not push.is_done()
