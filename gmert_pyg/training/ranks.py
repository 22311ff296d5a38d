"""What the processes of a run, its ranks, do each in their own way."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import torch
from accelerate.data_loader import BatchSamplerShard
from torch.utils.data import DataLoader
from transformers import TrainerCallback, TrainerControl, TrainerState
from transformers import TrainingArguments as Arguments


def is_launched() -> bool:
    """Tell whether `torchrun` or the like started this process as a rank."""
    return int(os.environ.get("LOCAL_RANK", -1)) != -1


def num_own_batches(loader: DataLoader[Any], rank: int, num_ranks: int) -> int:
    """Return how many of the batches that a rank reads are dealt to it.

    Batches are dealt in turn. Where they do not come out even, accelerate lets
    the last ranks read some of the first batches again, so that no rank waits
    for gradients that nobody sends: an evaluation must not count those.

    Args:
        loader: the batches of the rank, as accelerate prepared them.
        rank: the rank.
        num_ranks: the number of ranks.
    """
    sampler: Any = loader.batch_sampler
    if isinstance(sampler, BatchSamplerShard):
        sampler = sampler.batch_sampler
    return len(range(rank, len(sampler), num_ranks))


class DropoutOfRank(TrainerCallback):
    """Lets every rank draw dropout of its own.

    transformers seeds all ranks alike: they would drop the same positions of
    their different batches. One process draws as without this. A run that is
    resumed goes on with the state that each rank has saved.
    """

    def on_train_begin(
        self,
        args: Arguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Seed PyTorch, before a checkpoint's state is read."""
        if args.world_size > 1:
            sequence = np.random.SeedSequence((args.seed, args.process_index))
            torch.manual_seed(int(sequence.generate_state(1)[0]))
