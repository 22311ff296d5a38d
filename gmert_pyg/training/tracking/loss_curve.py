"""The parts of the loss, summed between two entries of the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from gmert_pyg.nn.pretraining_output import GraphMertForPreTrainingOutput

PARTS = ("mlm_loss", "sbo_loss", "leaf_loss", "relation_loss")


class LossCurve:
    r"""Means of every part of the loss since the last entry of the log.

    A part of the loss of a batch is its share of that of the optimizer step:
    shares add up over the batches of a step and over processes. What is
    returned is the mean over steps.

    Args:
        batches_per_step (int, optional): The batches of an optimizer step that
            one process takes. (default: :obj:`1`)
        over_ranks (callable, optional): Adds a tensor up over all processes;
            called by all of them. (default: there is one process)

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

    def __init__(
        self,
        batches_per_step: int = 1,
        over_ranks: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        self.batches_per_step = batches_per_step
        self.over_ranks = over_ranks
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
        if not self.sums:
            self.count = 0
            return {}
        totals = torch.stack(list(self.sums.values()))
        if self.over_ranks is not None:
            totals = self.over_ranks(totals)
        steps = self.count / self.batches_per_step
        means = dict(zip(self.sums, (totals / steps).tolist(), strict=True))
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
