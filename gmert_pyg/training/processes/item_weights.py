"""A Trainer in which all items of an optimizer step weigh the same."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor
from torch_geometric.data import Data
from transformers import Trainer

from gmert_pyg.training.batches.target_counts import target_counts


class ItemWeightedTrainer(Trainer):
    """Takes the mean of a loss over the items of a step, not of each batch.

    As means of their own, the batches of a step would weigh the same, however
    many items they hold: with accumulation or with several processes, the
    gradient would be another than that of one large batch. So each sum is
    divided by the number of items in all batches, of all processes.
    """

    def _get_num_items_in_batch(
        self, batch_samples: list[Any], device: torch.device
    ) -> Any:
        """Count the items of a step, over all processes.

        The batches are on the device already: nothing waits for it.
        """
        counts = [self.num_targets(inputs["batch"]) for inputs in batch_samples]
        return self.accelerator.reduce(torch.stack(counts).sum(dim=0), "sum")

    def num_targets(self, batch: Data) -> Tensor:
        """Return how many items the losses of a batch are means over."""
        length = cast(Any, self.model).config.sbo_max_length
        counts = batch.get("num_targets", None)
        counted = getattr(self.data_collator, "sbo_max_length", None)
        if counts is None or counted != length:
            counts = target_counts(batch, length)
        return cast(Tensor, counts).flatten().to(self.args.device)

    def share_of_step(
        self, loss: Tensor, num_items_in_batch: Tensor | int | None
    ) -> Tensor:
        """Return the loss to go back from, of a batch that is a part of a step.

        Gradients are averaged over processes, whose losses add up.
        """
        if num_items_in_batch is None:
            return loss
        num_processes: int = self.accelerator.num_processes
        return loss * num_processes
