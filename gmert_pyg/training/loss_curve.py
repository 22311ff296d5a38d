"""The parts of the loss, summed between two entries of the log."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gmert_pyg.nn.pretraining_output import GraphMertForPreTrainingOutput

PARTS = ("mlm_loss", "sbo_loss", "leaf_loss", "relation_loss")


class LossCurve:
    """Means of every part of the loss since the last entry of the log.

    Example:
        >>> import torch
        >>> curve = LossCurve()
        >>> for loss in (1.0, 2.0):
        ...     curve.add(
        ...         GraphMertForPreTrainingOutput(mlm_loss=torch.tensor(loss))
        ...     )
        >>> curve(), curve()
        ({'mlm_loss': 1.5}, {})
    """

    def __init__(self) -> None:
        self.sums: dict[str, Tensor] = {}
        self.count = 0

    def add(self, output: GraphMertForPreTrainingOutput) -> None:
        """Add the losses of a batch, without waiting for the device."""
        for name in PARTS:
            part = output.get(name)
            if part is not None:
                part = part.detach()
                self.sums[name] = self.sums.get(name, 0) + part
        self.count += 1

    def __call__(self) -> dict[str, float]:
        """Return the means, and start again."""
        means = {
            name: float(total) / self.count for name, total in self.sums.items()
        }
        self.sums, self.count = {}, 0
        return means

    def state_dict(self) -> dict[str, Any]:
        """Return the sums as numbers, which hold them exactly."""
        return {
            "count": self.count,
            "sums": {
                name: [total.item(), str(total.dtype).removeprefix("torch.")]
                for name, total in self.sums.items()
            },
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from such sums."""
        self.count = state["count"]
        self.sums = {
            name: torch.tensor(total, dtype=getattr(torch, dtype))
            for name, (total, dtype) in state["sums"].items()
        }
