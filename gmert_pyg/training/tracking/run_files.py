"""What a run leaves in its folder for people to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState
from transformers import TrainingArguments as Arguments
from transformers.trainer_utils import SaveStrategy

from gmert_pyg.training.evaluation.relation_confusion import (
    write_relation_confusion,
)

CURVES = "losses.png"


class RunFiles(TrainerCallback):
    """Draws the curves at every checkpoint and at the end, and writes which
    relations were taken for which in the last evaluation.

    A run that saves nothing, and a trainer that only evaluates, write nothing.

    Args:
        trainer (GraphMertTrainer): the trainer.
    """

    def __init__(self, trainer: Any) -> None:
        self.trainer = trainer
        self.has_trained = False

    def on_save(
        self,
        args: Arguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Write what there is so far."""
        self._write(args, state)

    def on_train_end(
        self,
        args: Arguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Write it all."""
        self.has_trained = True
        self._write(args, state)

    def on_evaluate(
        self,
        args: Arguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Write what an evaluation after training has found."""
        if self.has_trained:
            self._write(args, state)

    def _write(self, args: Arguments, state: TrainerState) -> None:
        saves = args.save_strategy != SaveStrategy.NO
        if not (saves and state.is_world_process_zero and args.output_dir):
            return
        from gmert_pyg.report.loss_figure import loss_figure
        from gmert_pyg.report.printed import write_png

        folder = Path(args.output_dir)
        figure = loss_figure(state.log_history)
        if figure is not None:
            write_png(figure, folder / CURVES)
        tracking = self.trainer.tracking
        if tracking.confusion is not None:
            write_relation_confusion(
                tracking.confusion,
                tracking.relation_names,
                folder,
                state.global_step,
            )
