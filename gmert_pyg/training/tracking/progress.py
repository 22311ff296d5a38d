"""Progress of training on the terminal."""

from __future__ import annotations

import sys
import time
from typing import Any

from transformers import (
    ProgressCallback,
    TrainerCallback,
    TrainerControl,
    TrainerState,
)
from transformers import TrainingArguments as Arguments

_SHOWN = {"mlm_loss": "mlm", "leaf_loss": "leaf", "relation_loss": "relation"}
_HELD_OUT = {
    "eval_loss": "loss",
    "eval_mlm_accuracy": "mlm accuracy",
    "eval_leaf_hits@10": "leaf hits@10",
    "eval_relation_accuracy": "relation accuracy",
}


def progress_callback() -> type[TrainerCallback]:
    """Return a bar for a terminal; for a file, a line per entry of the log."""
    return LossBar if sys.stderr.isatty() else LogLines


def shown_losses(logs: dict[str, Any]) -> dict[str, str]:
    """Return what is shown of an entry of training.

    Args:
        logs: the entry.
    """
    shown = {
        label: f"{float(logs[name]):.2f}"
        for name, label in _SHOWN.items()
        if name in logs
    }
    if shown and "nodes_per_second" in logs:
        shown["nodes/s"] = f"{logs['nodes_per_second']:,.0f}"
    return shown


class LossBar(ProgressCallback):
    """A bar with the time left, the losses and the speed, in one line."""

    def on_log(
        self,
        args: Arguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Show the losses beside the bar, instead of a line each time."""
        bar: Any = self.training_bar
        if bar is not None and logs:
            shown = shown_losses(logs)
            if shown:
                bar.set_postfix(shown)


class LogLines(TrainerCallback):
    """A line per entry of the log, for files that keep what is printed."""

    def on_train_begin(
        self,
        args: Arguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Start the clock."""
        self.start, self.first_step = time.monotonic(), state.global_step

    def on_log(
        self,
        args: Arguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Print step, losses, speed and the time left."""
        if not (state.is_world_process_zero and logs):
            return
        shown = shown_losses(logs)
        if shown:
            done = state.global_step - self.first_step
            spent = time.monotonic() - self.start
            left = spent / max(done, 1) * (state.max_steps - state.global_step)
            shown["left"] = (
                f"{left / 60:.0f} min" if left > 90 else f"{left:.0f} s"
            )
            if "loss" in logs:
                shown = {"loss": f"{float(logs['loss']):.2f}", **shown}
        else:
            shown = {
                f"held-out {label}": f"{float(logs[name]):.3f}"
                for name, label in _HELD_OUT.items()
                if name in logs
            }
        if shown:
            words = "  ".join(
                f"{name} {value}" for name, value in shown.items()
            )
            step = f"step {state.global_step:,}/{state.max_steps:,}"
            print(f"{step}  {words}", file=sys.stderr, flush=True)
