"""What a run is made of: going on with anything else would be another run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from torch_geometric.transforms import BaseTransform
from transformers import TrainerState

if TYPE_CHECKING:
    from gmert_pyg.training.checkpoints.restartable_trainer import (
        RestartableTrainer,
    )

FILE_NAME = "run_identity.json"
_ARGUMENTS = (
    "token_budget",
    "seed",
    "data_seed",
    "optim",
    "learning_rate",
    "attention_lr_multiplier",
    "weight_decay",
    "adam_beta1",
    "adam_beta2",
    "adam_epsilon",
    "max_grad_norm",
    "lr_scheduler_type",
    "lr_scheduler_kwargs",
    "warmup_steps",
    "bf16",
    "fp16",
)
# Written by the version at work, or of no influence on the numbers.
_NOT_THE_MODEL = (
    "_name_or_path",
    "architectures",
    "dtype",
    "transformers_version",
    "use_cache",
)
# Their learning rates do not depend on how many steps there are to come.
_OPEN_ENDED = ("constant", "constant_with_warmup", "inverse_sqrt")


def run_identity(trainer: RestartableTrainer) -> dict[str, Any]:
    """Return all that decides the weights after a step, as flat JSON."""
    args = trainer.args
    identity = {name: getattr(args, name, None) for name in _ARGUMENTS}
    # Batches are dealt to the processes in turn: the product decides the plan.
    identity["gradient_accumulation_steps x processes"] = (
        args.gradient_accumulation_steps * args.world_size
    )
    for name, dataset in (
        ("train_dataset", trainer.train_dataset),
        ("eval_dataset", trainer.eval_dataset),
    ):
        identity[name] = _sizes(dataset)
    identity["train_collator"] = settings(trainer.data_collator)
    identity["model"] = trainer.model.config.to_dict()
    # Through JSON, as what is read back from a checkpoint went.
    flat = json.loads(json.dumps(dict(_flat(identity))))
    return {
        name: value
        for name, value in flat.items()
        if name.rpartition(".")[2] not in _NOT_THE_MODEL
    }


def save_run_identity(trainer: RestartableTrainer, folder: Path) -> None:
    """Write a run's identity into a checkpoint."""
    text = json.dumps(run_identity(trainer), indent=2) + "\n"
    (folder / FILE_NAME).write_text(text, encoding="utf-8")


def check_run_identity(trainer: RestartableTrainer, folder: Path) -> None:
    """Check that a checkpoint is one of this run.

    Raises:
        ValueError: if an argument, the data or the model is another one.
    """
    path = folder / FILE_NAME
    if not path.exists():  # saved by another trainer
        return
    saved = json.loads(path.read_text(encoding="utf-8"))
    asked = run_identity(trainer)
    differences = [
        f"'{name}' must be {saved[name]!r} as in '{folder}'"
        f" (got {asked.get(name)!r})"
        for name in saved
        if asked.get(name) != saved[name]
    ]
    if differences:
        raise ValueError("; ".join(differences))


def check_num_steps(
    trainer: RestartableTrainer, folder: Path, max_steps: int
) -> None:
    """Check that a run may end at another step than it was to end at.

    Raises:
        ValueError: if its learning rates would have been others from the
            first step on.
    """
    state = TrainerState.load_from_json(str(folder / "trainer_state.json"))
    kind = str(getattr(trainer.args.lr_scheduler_type, "value", None))
    is_share = 0 < trainer.args.warmup_steps < 1
    if state.max_steps != max_steps and (kind not in _OPEN_ENDED or is_share):
        name = "max_steps" if trainer.args.max_steps > 0 else "num_train_epochs"
        raise ValueError(
            f"'{name}' must give {state.max_steps} steps as in '{folder}': the"
            f" schedule {kind!r} depends on them (got {max_steps})"
        )


def settings(part: object) -> dict[str, Any]:
    """Return what a collator or transform was told, as far as it is plain.

    Public attributes that are numbers, strings or transforms count, and lists
    of these; tensors, tables and caches do not.

    Example:
        >>> from torch_geometric.transforms import AddRandomWalkPE
        >>> settings(AddRandomWalkPE(4))["walk_length"]
        4
    """
    found = {
        name: _plain(value)
        for name, value in vars(part).items()
        if not name.startswith("_")
    }
    told = {name: value for name, value in found.items() if value is not None}
    return {"class": type(part).__name__, **told}


def _plain(value: object) -> Any:
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, BaseTransform):
        return settings(value)
    if isinstance(value, list | tuple):
        plain = [_plain(element) for element in value]
        return None if None in plain else dict(enumerate(plain))
    return None


def _sizes(dataset: Any) -> dict[str, Any] | None:
    """Return the number of graphs, and a hash of the nodes of each."""
    if dataset is None:
        return None
    lengths = np.ascontiguousarray(dataset.num_nodes_per_graph, dtype="<i8")
    digest = hashlib.sha256(lengths.tobytes()).hexdigest()
    return {"graphs": len(lengths), "sizes": digest[:16]}


def _flat(
    tree: Mapping[Any, Any], prefix: str = ""
) -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
