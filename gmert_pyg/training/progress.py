"""Progress of training on the terminal."""

from __future__ import annotations

from typing import Any

from transformers import ProgressCallback, TrainerControl, TrainerState
from transformers import TrainingArguments as Arguments

_SHOWN = {"mlm_loss": "mlm", "leaf_loss": "leaf", "relation_loss": "relation"}


class LossBar(ProgressCallback):
    """A bar with the time left and the losses, in one line."""

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
            shown = {
                label: f"{float(logs[name]):.2f}"
                for name, label in _SHOWN.items()
                if name in logs
            }
            if shown:
                bar.set_postfix(shown)
