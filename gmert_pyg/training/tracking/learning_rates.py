"""The learning rate of every group of parameters."""

from __future__ import annotations

from typing import Any

from transformers import TrainerCallback, TrainerState
from transformers import TrainingArguments as Arguments
from transformers.trainer_utils import IntervalStrategy


def is_logged_next(args: Arguments, state: TrainerState) -> bool:
    """Return whether the optimizer step that is under way will be logged.

    Args:
        args: the arguments.
        state: how far training has got, before the step.
    """
    step = state.global_step + 1
    if args.logging_first_step and step == 1:
        return True
    if args.logging_strategy == IntervalStrategy.STEPS:
        return step % max(int(state.logging_steps), 1) == 0
    return (
        args.logging_strategy == IntervalStrategy.EPOCH
        and step == state.max_steps
    )


class LearningRates(TrainerCallback):
    """The learning rates of the last step that is logged, one per group."""

    def __init__(self) -> None:
        self.rates: dict[str, float] = {}

    def on_pre_optimizer_step(
        self,
        args: Arguments,
        state: TrainerState,
        control: Any,
        optimizer: Any = None,
        **kwargs: Any,
    ) -> None:
        """Read them before the schedule moves on."""
        if optimizer is None or not is_logged_next(args, state):
            return
        self.rates = {
            f"learning_rate/{group.get('name', number)}": float(group["lr"])
            for number, group in enumerate(optimizer.param_groups)
        }

    def __call__(self) -> dict[str, float]:
        """Return the rates."""
        return self.rates
