"""Trainers of several precisions in one process."""

from __future__ import annotations

from typing import Any

from accelerate.state import AcceleratorState, PartialState
from torch import nn
from transformers import Trainer
from transformers.trainer_utils import TrainOutput


class OwnPrecisionTrainer(Trainer):
    """Trains and evaluates in the precision of its own arguments, whatever
    other Trainers do in the process.

    accelerate keeps device and precision once per process, where the next
    arguments clear them, and lets a model compute in the precision that the
    first Trainer prepared it for, ever after. Here each Trainer puts its own
    back before it starts, and takes its autocast out of the model at the end.
    """

    def create_accelerator_and_postprocess(self) -> None:
        """Create the accelerator, and remember what it is shared by."""
        # What an earlier Trainer has left; it puts its own back.
        AcceleratorState._reset_state()
        super().create_accelerator_and_postprocess()
        self._own_state = [dict(shared) for shared in _shared_states()]

    def train(self, *args: Any, **kwargs: Any) -> TrainOutput:
        """Train, and leave the model without autocast."""
        self._put_state_back()
        try:
            self._take_autocast_out()
            output: TrainOutput = super().train(*args, **kwargs)
        finally:
            self._take_autocast_out()
        return output

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """Evaluate in the own precision."""
        self._put_state_back()
        metrics: dict[str, float] = super().evaluate(*args, **kwargs)
        return metrics

    def predict(self, *args: Any, **kwargs: Any) -> Any:
        """Predict in the own precision."""
        self._put_state_back()
        return super().predict(*args, **kwargs)

    def _put_state_back(self) -> None:
        for shared, own in zip(_shared_states(), self._own_state, strict=True):
            shared.clear()
            shared.update(own)

    def _take_autocast_out(self) -> None:
        # What is sharded stays prepared: it cannot be sharded again.
        if self.is_fsdp_enabled:
            return
        assert isinstance(self.model, nn.Module)
        own = self.model.__dict__
        own.pop("_is_accelerate_prepared", None)
        original = own.pop("_original_forward", None)
        if original is not None:
            self.model.forward = original


def _shared_states() -> tuple[dict[str, Any], dict[str, Any]]:
    return PartialState._shared_state, AcceleratorState._shared_state
