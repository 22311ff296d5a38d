"""Loaders of batches that stay ahead of the device."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import torch
from torch.utils.data import DataLoader
from transformers import TrainingArguments

from gmert_pyg.training.batches.plan_sampler import EpochView, PlanBatchSampler

_WORKERS_PER_GPU = 4
# Ready batches a worker keeps: a long one does not stop the device.
_PREFETCHED = 4


def default_num_workers(use_cpu: bool) -> int:
    """Return how many processes should read for one that trains.

    On the CPU a batch takes a few milliseconds of a step of hundreds, and a
    process beside the one that trains would take its cores.

    Args:
        use_cpu: whether training is kept on the CPU.
    """
    if use_cpu or not torch.cuda.is_available():
        return 0
    ranks = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    share = (os.cpu_count() or 1) // ranks - 1
    return min(_WORKERS_PER_GPU, max(share, 0))


def batch_loader(
    dataset: EpochView,
    sampler: PlanBatchSampler,
    collate: Callable[[Any], dict[str, Any]],
    args: TrainingArguments,
) -> DataLoader[Any]:
    """Return a loader of planned batches.

    Worker processes map the files of the dataset, as this one does, so that
    none holds a copy of it. torch keeps each to one thread.

    Args:
        dataset: the graphs by draw.
        sampler: the batches, as lists of draws.
        collate: makes the model's arguments of the graphs of a batch.
        args: says how many workers, how far ahead, and whether to pin memory.
    """
    num_workers = args.dataloader_num_workers
    ahead = args.dataloader_prefetch_factor or _PREFETCHED
    return DataLoader(
        dataset,
        batch_sampler=sampler,
        collate_fn=collate,
        num_workers=num_workers,
        prefetch_factor=ahead if num_workers else None,
        persistent_workers=args.dataloader_persistent_workers
        and num_workers > 0,
        pin_memory=args.dataloader_pin_memory and args.device.type == "cuda",
    )
