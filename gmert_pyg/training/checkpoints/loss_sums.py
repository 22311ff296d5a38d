"""What the log sums up between two entries, kept across a restart.

Checkpoints need not fall on steps that are logged. Without these sums, the
first entry after a restart would be the mean over fewer steps.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import torch

if TYPE_CHECKING:
    from gmert_pyg.training.checkpoints.restartable_trainer import (
        RestartableTrainer,
    )

logger = logging.getLogger(__name__)


@runtime_checkable
class Accumulates(Protocol):
    """A source of log entries that sums up, and can be saved in JSON."""

    def state_dict(self) -> dict[str, Any]:
        """Return the sums."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from sums."""


def save_loss_sums(trainer: RestartableTrainer, folder: Path) -> None:
    """Write what this process has summed up since the last log entry."""
    state = {
        "loss": trainer._tr_loss.item(),
        "total_loss": trainer._total_loss_scalar,
        "last_logged_step": trainer._globalstep_last_logged,
        "sources": {
            name: source.state_dict()
            for name, source in _accumulating(trainer).items()
        },
    }
    path = folder / _name(trainer.args.process_index)
    path.write_text(json.dumps(state, indent=2) + "\n", encoding="utf-8")


def load_loss_sums(trainer: RestartableTrainer, folder: Path) -> None:
    """Go on from the sums in a checkpoint, if it holds any.

    Of a run with another number of processes, each takes the mean of the loss
    over those processes, and the other sums start again.
    """
    paths = sorted(folder.glob(_name("*")))
    if not paths:
        return
    states = {path.name: json.loads(path.read_text("utf-8")) for path in paths}
    if len(states) == trainer.args.world_size:
        state = states[_name(trainer.args.process_index)]
        loss = state["loss"]
    else:
        logger.warning(
            "'%s' was saved by %d processes: from here on, dropout draws other"
            " numbers",
            folder,
            len(states),
        )
        state = {**states[paths[0].name], "sources": {}}
        loss = sum(of_one["loss"] for of_one in states.values()) / len(states)
    trainer._tr_loss = torch.tensor(
        loss, dtype=torch.float32, device=trainer.args.device
    )
    trainer._total_loss_scalar = state["total_loss"]
    trainer._globalstep_last_logged = state["last_logged_step"]
    for name, source in _accumulating(trainer).items():
        if name in state["sources"]:
            source.load_state_dict(state["sources"][name])


def _accumulating(trainer: RestartableTrainer) -> dict[str, Accumulates]:
    sources: list[object] = [*trainer.log_sources]
    return {
        type(source).__name__: source
        for source in sources
        if isinstance(source, Accumulates)
    }


def _name(process: int | str) -> str:
    return f"loss_sums_{process}.json"
