"""Settings that are out of their range, or that nothing here obeys."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from gmert_pyg.training.pretraining.setting_layers import SIZES
from gmert_pyg.training.processes.ranks import is_launched

# Of transformers' Trainer, what ours does in another way or not at all.
WITHOUT_EFFECT = {
    "auto_find_batch_size": "set token_budget",
    "batch_eval_metrics": "leave it out",
    "dataloader_drop_last": "leave it out",
    "do_eval": "leave it out",
    "do_predict": "leave it out",
    "do_train": "leave it out",
    "eval_accumulation_steps": "leave it out",
    "include_for_metrics": "leave it out",
    "label_names": "leave it out",
    "label_smoothing_factor": "leave it out",
    "length_column_name": "leave it out",
    "per_device_eval_batch_size": "set token_budget",
    "prediction_loss_only": "leave it out",
    "project": "set wandb_project",
    "remove_unused_columns": "leave it out",
    "resume_from_checkpoint": "use --resume",
    "train_sampling_strategy": "leave it out",
    "use_cache": "leave it out",
}
POSITIVE = (
    "max_steps",
    "num_train_epochs",
    "token_budget",
    "learning_rate",
    "save_steps",
    "save_epochs",
    "eval_steps",
    "logging_steps",
    "gradient_accumulation_steps",
    "early_stopping_patience",
    "max_train_samples",
    "max_eval_samples",
    "max_roots",
    "max_triples_per_head",
    "max_positions",
    "attention_lr_multiplier",
    "workers",
    *SIZES,
)
NOT_NEGATIVE = (
    "warmup_steps",
    "weight_decay",
    "max_grad_norm",
    "per_device_train_batch_size",
    "dataloader_num_workers",
    "seed",
    "save_total_limit",
)


def check_settings(asked: Mapping[str, Any]) -> None:
    """Check what was asked for, value by value, before anything is made of it.

    Args:
        asked: settings by name, without those of presets.

    Raises:
        ValueError: naming the first that is out of its range or has no effect.
    """
    for name, advice in WITHOUT_EFFECT.items():
        if asked.get(name):
            refuse(name, f"not be set, it has no effect: {advice}", asked)
    for name in POSITIVE:
        value = asked.get(name)
        if name == "max_steps" and value == -1:
            continue
        if value is not None and not 0 < value < math.inf:
            refuse(name, "be positive", asked)
    for name in NOT_NEGATIVE:
        value = asked.get(name)
        if value is not None and not 0 <= value < math.inf:
            refuse(name, "not be negative", asked)
    dropout = asked.get("dropout")
    if dropout is not None and not 0 <= dropout < 1:
        refuse("dropout", "be in [0, 1)", asked)
    for name in ("rate", "held_out_share"):
        value = asked.get(name)
        if value is not None and not 0 < value < 1:
            refuse(name, "be in (0, 1)", asked)
    if not 0 < asked.get("residual_scale", 1) <= 1:
        refuse("residual_scale", "be in (0, 1]", asked)
    if not 0 <= asked.get("lambda_mlm", 0) <= 1:
        refuse("lambda_mlm", "be in [0, 1]", asked)
    for name, value in asked.items():
        if name.endswith(("_kwargs", "_config")) and isinstance(value, str):
            _check_mapping(name, value, asked)
    if asked.get("deepspeed"):
        refuse(
            "deepspeed",
            "be left out: several GPUs are used by torchrun, with DDP or FSDP",
            asked,
        )
    for name in ("fsdp", "ddp_backend"):
        if asked.get(name) and not is_launched():
            refuse(
                name,
                "be left out of one process: start several by `torchrun"
                " --nproc-per-node N -m gmert_pyg pretrain ...` or `accelerate"
                " launch -m gmert_pyg pretrain ...`",
                asked,
            )


def _check_mapping(name: str, text: str, asked: Mapping[str, Any]) -> None:
    """Check what transformers reads as JSON, or as the file of it."""
    if Path(text).is_file():
        return
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        refuse(name, "be JSON of names and values, or its file", asked)


def refuse(name: str, rule: str, settings: Mapping[str, Any]) -> NoReturn:
    """Say which setting is wrong.

    Args:
        name: the setting.
        rule: what it must be, or must do.
        settings: gives the value that it has.

    Raises:
        ValueError: always.
    """
    raise ValueError(f"'{name}' must {rule} (got {settings.get(name)!r})")
