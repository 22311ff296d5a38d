"""A Trainer that may be killed at any time, and goes on as if it never was."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import (
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)
from transformers.trainer_utils import TrainOutput

from gmert_pyg.nn.model_card import write_model_card
from gmert_pyg.training.checkpoints.callback_states import (
    has_stopped_early,
    restore_callback_states,
)
from gmert_pyg.training.checkpoints.files import check_only_tensors
from gmert_pyg.training.checkpoints.interruption import (
    Interruption,
    TrainingInterrupted,
)
from gmert_pyg.training.checkpoints.loss_sums import load_loss_sums
from gmert_pyg.training.checkpoints.push import push_checkpoint
from gmert_pyg.training.checkpoints.random_state import same_random_state
from gmert_pyg.training.checkpoints.run_identity import (
    check_num_steps,
    check_run_identity,
)
from gmert_pyg.training.checkpoints.saving import (
    note_best_checkpoint,
    save_checkpoint,
)
from gmert_pyg.training.checkpoints.whole import (
    check_no_checkpoints,
    checkpoint_to_resume,
)
from gmert_pyg.training.checkpoints.writing import remove_leftovers

ARGUMENTS_NAME = "training_arguments.json"


class RestartableTrainer(Trainer):
    r"""A :class:`transformers.Trainer` whose runs survive being killed.

    What differs: a checkpoint is written under another name, with a manifest,
    and renamed when all of it is on the disk, so that `checkpoint-N` is whole
    or absent; one that is damaged all the same is passed over. It also holds
    what the log has summed up, so that weights and log of a resumed run are
    those of an uninterrupted one, bit for bit on the CPU. It is refused by a
    run with other data, model or arguments. SIGINT and SIGTERM end training
    after the step, with a checkpoint. A full disk is told in one line, and
    leaves the older checkpoints as they were. No file is a pickle of anything
    but tensors and numbers.

    Args:
        *args (optional): Arguments of :class:`transformers.Trainer`.
        **kwargs (optional): Further ones.

    Example:
        >>> class MyTrainer(RestartableTrainer):
        ...     pass
        >>> issubclass(MyTrainer, Trainer)
        True
    """

    log_sources: list[Callable[[], dict[str, float]]]
    model: Any
    optimizer: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.log_sources = []
        self.push_in_progress: Any = None
        self._interruption = Interruption()
        self._resumed: Path | None = None
        self._saved_step = -1
        self._stops = False
        self.add_callback(_Restarts(self))

    def train(
        self,
        resume_from_checkpoint: str | bool | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> TrainOutput:
        """Train, from the start or from a checkpoint.

        Args:
            resume_from_checkpoint (str or bool, optional): A checkpoint, or
                `True` for the last whole one of the output folder.
                (default: :obj:`None`)
            *args (optional): Arguments of :class:`transformers.Trainer.train`.
            **kwargs (optional): Further ones.

        Raises:
            ValueError: if the checkpoint is damaged or of another run, or if a
                new run would write among the checkpoints of an earlier one.
            OSError: if a checkpoint could not be written.
            TrainingInterrupted: if a signal asked to stop.
        """
        output_dir = Path(str(self.args.output_dir))
        saves = self.args.save_strategy != "no"
        self._resumed = checkpoint_to_resume(resume_from_checkpoint, output_dir)
        if self._resumed is not None:
            self.check_checkpoint(self._resumed)
        elif saves:
            check_no_checkpoints(output_dir)
        if self.is_local_process_zero():
            remove_leftovers(output_dir)
        start = None if self._resumed is None else str(self._resumed)
        with self._interruption if saves else nullcontext():
            output = super().train(start, *args, **kwargs)
        if self._interruption.received:
            self._raise_interrupted()
        return output._replace(training_loss=output.metrics["train_loss"])

    def check_checkpoint(self, checkpoint: Path) -> None:
        """Check that a checkpoint is of this run, and safe to read.

        Raises:
            ValueError: if it is not.
        """
        check_only_tensors(checkpoint)
        check_run_identity(self, checkpoint)

    def _init_training_state(
        self,
        max_steps: int,
        num_update_steps_per_epoch: int,
        num_train_epochs: int,
        resume_from_checkpoint: str | None,
        trial: Any,
    ) -> tuple[int, int]:
        """Go on with the steps between logs, evaluations and checkpoints that
        the arguments say, and not at all after an early stop.
        """
        if resume_from_checkpoint is not None:
            check_num_steps(self, Path(resume_from_checkpoint), max_steps)
        epochs, steps = super()._init_training_state(
            max_steps,
            num_update_steps_per_epoch,
            num_train_epochs,
            resume_from_checkpoint,
            trial,
        )
        if resume_from_checkpoint is not None:
            self.state.compute_steps(self.args, max_steps)
            note_best_checkpoint(self, Path(resume_from_checkpoint))
            if has_stopped_early(self):
                epochs = num_train_epochs
        return epochs, steps

    def _load_callback_state(self) -> None:
        restore_callback_states(self)

    def _issue_warnings_after_load(self, load_result: Any) -> None:
        """Refuse to go on from weights that are not all of this model."""
        lost, other = load_result.missing_keys, load_result.unexpected_keys
        if lost or other:
            raise ValueError(
                "'resume_from_checkpoint' must hold every weight of the model "
                f"and no other (got none for {lost}, and besides {other})"
            )

    def _maybe_log_save_evaluate(self, *args: Any, **kwargs: Any) -> None:
        super()._maybe_log_save_evaluate(*args, **kwargs)
        if self._stops:
            # Also where only better models than before are saved.
            if self._saved_step != self.state.global_step:
                self._save_checkpoint(self.model_wrapped, None)
            self._raise_interrupted()

    def _is_interrupted(self) -> bool:
        """Agree with the other processes on whether to stop."""
        received = self._interruption.received
        if self.args.world_size == 1 or self.args.save_strategy == "no":
            return received != 0
        flag = torch.tensor(float(received != 0), device=self.args.device)
        return bool(self.accelerator.reduce(flag, "sum"))

    def _raise_interrupted(self) -> None:
        # Of several processes, one may have heard of it from another only.
        number = self._interruption.received or signal.SIGTERM
        for callback in self.callback_handler.callbacks:
            bar = getattr(callback, "training_bar", None)
            if bar is not None:
                bar.close()
        raise TrainingInterrupted(self.state.global_step, number)

    def _save_checkpoint(self, model: nn.Module, trial: Any) -> None:
        save_checkpoint(self, trial)
        self._saved_step = self.state.global_step

    def _save(
        self, output_dir: str | None = None, state_dict: Any = None
    ) -> None:
        """Save the model, and the arguments as JSON instead of a pickle."""
        super()._save(output_dir, state_dict)
        if self.args.should_save:
            folder = Path(output_dir or str(self.args.output_dir))
            (folder / "training_args.bin").unlink(missing_ok=True)
            (folder / ARGUMENTS_NAME).write_text(
                self.args.to_json_string() + "\n", encoding="utf-8"
            )

    def _push_from_checkpoint(self, checkpoint_folder: str) -> None:
        push_checkpoint(self, Path(checkpoint_folder))

    def create_model_card(self, *args: Any, **kwargs: Any) -> None:
        """Write our model card, unless there is one already."""
        write_model_card(self.model, str(self.args.output_dir))

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """Evaluate, without a trace in the random numbers of training."""
        with same_random_state():
            metrics: dict[str, float] = super().evaluate(*args, **kwargs)
        return metrics

    def _evaluate(
        self, trial: Any, ignore_keys: Any, skip_scheduler: bool = False
    ) -> dict[str, float]:
        # `eval_on_start` is about the start of the run, not of its rest.
        if skip_scheduler and self._resumed is not None:
            return {}
        metrics: dict[str, float] = super()._evaluate(
            trial, ignore_keys, skip_scheduler
        )
        return metrics

    def log(
        self, logs: dict[str, float], start_time: float | None = None
    ) -> None:
        """Log, and the mean loss at the end over all steps of the run."""
        if "train_loss" in logs:
            steps = max(self.state.global_step, 1)
            logs["train_loss"] = self._total_loss_scalar / steps
        super().log(logs, start_time)


class _Restarts(TrainerCallback):
    """Goes on with what the log has summed up, once it is set to zero; has a
    checkpoint saved after the step in which a signal came.
    """

    def __init__(self, trainer: RestartableTrainer) -> None:
        self.trainer = trainer

    def on_train_begin(self, *args: Any, **kwargs: Any) -> None:
        self.trainer._stops = False
        if self.trainer._resumed is not None:
            load_loss_sums(self.trainer, self.trainer._resumed)

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        if self.trainer._is_interrupted():
            self.trainer._stops = control.should_save = True
