"""How many batches and steps a run takes, known before it starts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from transformers.trainer_utils import IntervalStrategy, SaveStrategy

from gmert_pyg.training.arguments import GraphMertTrainingArguments
from gmert_pyg.training.batches.plan_sampler import PlanBatchSampler

# Sizes of more graphs than this say nothing new about the average batch.
_SAMPLE = 100_000

Lengths = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What follows from the sizes of the graphs and the arguments.

    Args:
        token_budget: the most nodes of a padded batch.
        batches_per_epoch: the batches of the first pass over the graphs.
        steps_per_epoch: optimizer steps of one pass.
        max_steps: optimizer steps of the run.
        graphs_per_batch: graphs of a batch, on average.
        padding: the share of a padded batch that is padding.
        median_batch: the graphs of a batch of median cost.
    """

    token_budget: int
    batches_per_epoch: int
    steps_per_epoch: int
    max_steps: int
    graphs_per_batch: float
    padding: float
    median_batch: list[int]


def token_budget_for(
    lengths: Lengths,
    graphs_per_batch: int,
    seed: int = 0,
    *,
    packed: bool = False,
) -> int:
    r"""Return the token budget whose batches hold so many graphs on average.

    A recipe of :math:`b` graphs to a batch takes :math:`\lceil n / b \rceil`
    batches for :math:`n` graphs; this is the smallest budget whose plan takes
    no more. Its batches hold more than :math:`b` short graphs or fewer long
    ones, at nearly the same cost.

    Args:
        lengths: :math:`[n]`, the number of nodes of every graph.
        graphs_per_batch: the number of graphs :math:`b`.
        seed: the seed of the plan. (default: :obj:`0`)
        packed: whether a batch costs the sum of its nodes, without padding.
            (default: :obj:`False`)

    Example:
        >>> token_budget_for(np.full(1000, 10), 32)
        320
    """
    if len(lengths) > _SAMPLE:
        random = np.random.default_rng(seed)
        lengths = random.choice(lengths, _SAMPLE, replace=False)
    wanted = math.ceil(len(lengths) / graphs_per_batch)

    def num_batches(budget: int) -> int:
        return len(PlanBatchSampler(lengths, budget, seed=seed, packed=packed))

    low = max(int(lengths.max(initial=1)), 1)
    high = low * graphs_per_batch
    while low < high:
        middle = (low + high) // 2
        if num_batches(middle) <= wanted:
            high = middle
        else:
            low = middle + 1
    return low


def plan_run(
    training: GraphMertTrainingArguments,
    train: Lengths,
    held_out: Lengths,
    *,
    packed: bool = False,
) -> RunPlan:
    """Plan a run, and tell its arguments what follows from the plan.

    `token_budget` is set if a batch was asked for by graphs. The plan is one
    epoch to transformers, so intervals of epochs become intervals of steps.

    Args:
        training: how to train; changed in place.
        train: the number of nodes of every graph to train on.
        held_out: those of the graphs to evaluate on.
        packed: whether batches are packed. (default: :obj:`False`)

    Raises:
        ValueError: if the token budget is too small for the longest graph.
    """
    graphs_per_batch = training.per_device_train_batch_size
    longest = int(max(train.max(initial=0), held_out.max(initial=0)))
    if graphs_per_batch > 0:
        budget = token_budget_for(
            train, graphs_per_batch, training.data_order_seed, packed=packed
        )
        training.token_budget = max(budget, longest)
    if training.token_budget < longest:
        raise ValueError(
            f"'token_budget' must hold the longest graph, of {longest} nodes:"
            f" add --token_budget {longest}, or cut by --max_roots (got"
            f" {training.token_budget})"
        )
    epochs = math.ceil(training.num_train_epochs)
    sampler = PlanBatchSampler(
        train,
        training.token_budget,
        seed=training.data_order_seed,
        num_epochs=epochs if training.max_steps <= 0 else 1,
        packed=packed,
    )
    batches = _first_epoch(sampler)
    cost = np.array([_cost(train[batch], packed) for batch in batches])
    per_step = training.gradient_accumulation_steps * training.world_size
    per_epoch = max(1, round(len(batches) / per_step))
    max_steps = training.max_steps
    if max_steps <= 0:
        share = training.num_train_epochs / epochs
        max_steps = math.ceil(max(1, round(len(sampler) * share)) / per_step)
    _count_epochs(training, per_epoch)
    mean = len(train) / len(batches)
    # What transformers logs as the size of a batch is then true.
    training.per_device_train_batch_size = max(1, round(mean))
    return RunPlan(
        token_budget=training.token_budget,
        batches_per_epoch=len(batches),
        steps_per_epoch=per_epoch,
        max_steps=max_steps,
        graphs_per_batch=mean,
        padding=1 - float(train.sum() / cost.sum()),
        median_batch=batches[int(np.argsort(cost)[len(cost) // 2])],
    )


def _first_epoch(sampler: PlanBatchSampler) -> list[list[int]]:
    batches, num_left = [], len(sampler.lengths)
    for batch in sampler:
        batches.append(batch)
        num_left -= len(batch)
        if num_left == 0:
            break
    return batches


def _cost(lengths: Lengths, packed: bool) -> int:
    """Return how many nodes a batch is padded to."""
    return int(lengths.sum() if packed else len(lengths) * lengths.max())


def _count_epochs(
    training: GraphMertTrainingArguments, steps_per_epoch: int
) -> None:
    """Turn intervals of epochs into intervals of steps."""
    if training.logging_strategy == IntervalStrategy.EPOCH:
        training.logging_strategy = IntervalStrategy.STEPS
        training.logging_steps = steps_per_epoch
    if training.eval_strategy == IntervalStrategy.EPOCH:
        training.eval_strategy = IntervalStrategy.STEPS
        training.eval_steps = steps_per_epoch
    epochs = training.save_epochs
    if epochs is None and training.save_strategy == SaveStrategy.EPOCH:
        epochs = 1
    if epochs is not None:
        training.save_strategy = SaveStrategy.STEPS
        training.save_steps = max(1, round(epochs * steps_per_epoch))
