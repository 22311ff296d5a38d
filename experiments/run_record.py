"""What the log and the plan of a training run say."""

import time
from typing import Any

import numpy as np
import torch
from transformers import TrainerCallback

from gmert_pyg.training import GraphMertTrainer, PlanBatchSampler

_TRAINING = ("mlm_loss", "sbo_loss", "leaf_loss", "relation_loss")


class Clock(TrainerCallback):
    """Counts the seconds of training, over all sittings, for the log.

    Evaluation is left out: how often to look is no cost of training.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self.since: float | None = None

    def __call__(self) -> dict[str, float]:
        """Return the entry of the log."""
        return {"seconds": round(self.seconds, 1)}

    def on_train_begin(self, args: Any, state: Any, *_: Any, **__: Any) -> None:
        """Take up the count of the checkpoint."""
        told = [entry.get("seconds", 0.0) for entry in state.log_history]
        self.seconds = max(told, default=0.0)

    def on_step_begin(self, *_: Any, **__: Any) -> None:
        """Start the clock."""
        self.since = time.perf_counter()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        """Stop it."""
        if self.since is not None:
            self.seconds += time.perf_counter() - self.since


def curves(log_history: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the log of training and of validation as columns."""
    training = [entry for entry in log_history if "mlm_loss" in entry]
    validation = [entry for entry in log_history if "eval_loss" in entry]
    return {
        "training": {
            key: [round(entry[key], 4) for entry in training]
            for key in ("step", "seconds", *_TRAINING, "grad_norm")
        },
        "validation": {
            key.removeprefix("eval_"): [round(e[key], 4) for e in validation]
            for key in (validation[0] if validation else {})
            if key == "step" or ("eval_" in key and "per_second" not in key)
        },
    }


def cost(trainer: GraphMertTrainer) -> dict[str, Any]:
    """Return what the training read and how long it took."""
    lengths = trainer.train_dataset.num_nodes_per_graph
    steps = trainer.state.global_step
    plan = PlanBatchSampler(
        lengths,
        trainer.args.token_budget,
        seed=trainer.args.data_order_seed,
        num_batches=steps,
    )
    draws = np.concatenate([np.array(batch) for batch in plan])
    seconds = [
        e["seconds"] for e in trainer.state.log_history if "seconds" in e
    ]
    return {
        "parameters": trainer.graph_model.num_parameters(),
        "steps": steps,
        "samples": len(draws),
        "nodes": int(lengths[draws % len(lengths)].sum()),
        "epochs": len(draws) / len(lengths),
        "training_seconds": max(seconds, default=0.0),
        "bf16": trainer.args.bf16,
        "threads": torch.get_num_threads(),
    }
