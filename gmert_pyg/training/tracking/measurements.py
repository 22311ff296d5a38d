"""What is measured while a model trains, and where it comes from."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch_geometric.data import Data

from gmert_pyg.nn.flop_count import count_flops, num_places, work_of
from gmert_pyg.schema import Schema
from gmert_pyg.training.batches.plan_sampler import PlanBatchSampler
from gmert_pyg.training.tracking.device_peak import peak_tflops
from gmert_pyg.training.tracking.gradient_norms import GradientNorms
from gmert_pyg.training.tracking.learning_rates import (
    LearningRates,
    is_logged_next,
)
from gmert_pyg.training.tracking.run_files import RunFiles
from gmert_pyg.training.tracking.throughput import Throughput
from gmert_pyg.training.tracking.training_sums import TrainingSums


class Tracking:
    """Measures a :class:`~gmert_pyg.training.GraphMertTrainer`.

    Args:
        trainer (GraphMertTrainer): the trainer.
    """

    def __init__(self, trainer: Any) -> None:
        self.trainer = trainer
        args = trainer.args
        over_ranks: Callable[[Tensor], Tensor] = partial(
            trainer.accelerator.reduce, reduction="sum"
        )
        self.flop_count = count_flops(trainer.graph_model)
        self.sums = TrainingSums(args.device, over_ranks)
        self.gradient_norms = GradientNorms(trainer.graph_model)
        self.learning_rates = LearningRates()
        self.throughput = Throughput(
            peak_tflops(args.device, args.peak_tflops),
            args.device,
            over_ranks,
            args.world_size,
        )
        # How often each relation was taken for each, in the last evaluation.
        self.confusion: NDArray[np.float64] | None = None
        for callback in (self.learning_rates, self.throughput):
            trainer.add_callback(callback)
        trainer.add_callback(RunFiles(trainer))

    @property
    def relation_names(self) -> tuple[str, ...]:
        """The names of the relations that the model tells apart."""
        config = self.trainer.graph_model.config
        if config.schema is not None:
            return Schema.from_dict(config.schema).relation_names
        return tuple(str(number) for number in range(config.num_relations))

    def sources(self) -> list[Callable[[], dict[str, float]]]:
        """Return what adds to the entries of the log."""
        return [
            self.sums,
            self.gradient_norms,
            self.learning_rates,
            self.throughput,
            self.data_epoch,
        ]

    @torch.no_grad()
    def add(self, batch: Data, output: Any) -> None:
        """Add a training batch, without waiting for the device.

        Args:
            batch: the batch.
            output: what the model answered.
        """
        model = self.trainer.graph_model
        self.sums.add(output, batch, num_places(batch, model))
        relations = output.get("relation_labels")
        num_relations = 0 if relations is None else relations.numel()
        work = work_of(batch, model.config, num_relations)
        self.throughput.add(
            self.flop_count.total(work),
            batch.node_type.numel(),
            getattr(batch, "num_graphs", 1),
        )

    def measure_gradients(self) -> None:
        """Measure all gradients of a step, if it will be logged."""
        trainer = self.trainer
        accelerator = trainer.accelerator
        if not accelerator.sync_gradients:
            return
        if is_logged_next(trainer.args, trainer.state):
            scaler = accelerator.scaler
            self.gradient_norms.measure(
                1.0 if scaler is None else scaler.get_scale()
            )

    def data_epoch(self) -> dict[str, float]:
        """Return how many times the data has been gone through."""
        args, state = self.trainer.args, self.trainer.state
        loader = self.trainer.callback_handler.train_dataloader
        sampler = getattr(loader, "batch_sampler", None)
        # Of several processes, each has a share of the plan's batches.
        while sampler is not None and not isinstance(sampler, PlanBatchSampler):
            sampler = getattr(sampler, "batch_sampler", None)
        if sampler is None:
            return {}
        micro_batches = args.gradient_accumulation_steps * args.world_size
        return {
            "data_epoch": sampler.epochs_after(
                state.global_step * micro_batches
            )
        }
