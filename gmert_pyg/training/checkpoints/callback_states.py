"""The states of callbacks, such as the patience of early stopping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from transformers import EarlyStoppingCallback
from transformers.trainer_callback import ExportableState

if TYPE_CHECKING:
    from gmert_pyg.training.checkpoints.restartable_trainer import (
        RestartableTrainer,
    )


def callback_states(trainer: RestartableTrainer) -> dict[str, Any]:
    """Return the states of all callbacks by class, a list where several."""
    states: dict[str, list[dict[str, Any]]] = {}
    for callback in [*trainer.callback_handler.callbacks, trainer.control]:
        if isinstance(callback, ExportableState):
            name = type(callback).__name__
            states.setdefault(name, []).append(callback.state())
    return {
        name: of_class if len(of_class) > 1 else of_class[0]
        for name, of_class in states.items()
    }


def restore_callback_states(trainer: RestartableTrainer) -> None:
    """Give the callbacks the states in `trainer.state`, in place.

    What a callback was made with, such as a patience, stays: it may have been
    changed for the rest of the run.
    """
    saved = cast(dict[str, Any], trainer.state.stateful_callbacks)
    for name, states in saved.items():
        of_class = [
            callback
            for callback in trainer.callback_handler.callbacks
            if type(callback).__name__ == name
            and isinstance(callback, ExportableState)
        ]
        states = states if isinstance(states, list) else [states]
        for callback, state in zip(of_class, states, strict=False):
            for attribute, value in state.get("attributes", {}).items():
                setattr(callback, attribute, value)


def has_stopped_early(trainer: RestartableTrainer) -> bool:
    """Tell whether the patience of early stopping has run out."""
    return any(
        isinstance(callback, EarlyStoppingCallback)
        and callback.early_stopping_patience_counter
        >= callback.early_stopping_patience
        for callback in trainer.callback_handler.callbacks
    )
