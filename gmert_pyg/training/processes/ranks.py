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


def require_one_gpu(num_gpus: int) -> None:
    """Check that a process does not see several GPUs.

    Args:
        num_gpus: how many it sees, without a launcher.

    Raises:
        ValueError: if it does: transformers would copy the model to each, and
            cut the tensors of a batch, and with them graphs, into pieces.
    """
    if num_gpus > 1:
        raise ValueError(
            "'args' must see one GPU per process: start with `torchrun"
            f" --nproc-per-node {num_gpus} SCRIPT ...`, as in `torchrun"
            f" --nproc-per-node {num_gpus} -m gmert_pyg pretrain ...`, or show"
            f" it one with CUDA_VISIBLE_DEVICES=0 (got {num_gpus})"
        )


def is_main_process() -> bool:
    """Tell whether this is the process that prints and writes."""
    return int(os.environ.get("RANK", "0")) == 0


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
