"""Settings that contradict each other, or that nothing here obeys."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch

from gmert_pyg.training.evaluation.evaluation_sums import EvaluationSums
from gmert_pyg.training.pretraining.configuration import RunConfiguration
from gmert_pyg.training.pretraining.setting_layers import OF_NEW_ENCODER, SIZES

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
            _refuse(name, f"not be set, it has no effect: {advice}", asked)
    for name in POSITIVE:
        value = asked.get(name)
        if name == "max_steps" and value == -1:
            continue
        if value is not None and not 0 < value < math.inf:
            _refuse(name, "be positive", asked)
    for name in NOT_NEGATIVE:
        value = asked.get(name)
        if value is not None and not 0 <= value < math.inf:
            _refuse(name, "not be negative", asked)
    for name in ("rate", "held_out_share"):
        value = asked.get(name)
        if value is not None and not 0 < value < 1:
            _refuse(name, "be in (0, 1)", asked)
    if not 0 < asked.get("residual_scale", 1) <= 1:
        _refuse("residual_scale", "be in (0, 1]", asked)
    if not 0 <= asked.get("lambda_mlm", 0) <= 1:
        _refuse("lambda_mlm", "be in [0, 1]", asked)


def check_contradictions(
    settings: Mapping[str, Any], asked: Mapping[str, Any]
) -> None:
    """Check that no two settings exclude each other.

    Args:
        settings: all of them, by name.
        asked: those that somebody asked for, in a file or by flags.

    Raises:
        ValueError: naming the one to change.
    """
    off = {name for name, value in settings.items() if value is False}
    _check_objectives(asked, off)
    _check_model(settings, asked, off)
    _check_strategies(settings, asked)
    report = settings.get("report_to", "none")
    if asked.get("wandb_project") and "wandb" not in report:
        _refuse("wandb_project", "be left out without --report_to wandb", asked)
    if asked.get("hub_model_id") and not settings.get("push_to_hub"):
        _refuse("hub_model_id", "be left out without --push_to_hub", asked)


def _check_objectives(asked: Mapping[str, Any], off: set[str]) -> None:
    if "leaves" in off:
        if asked.get("mnm") is not None:
            _refuse("mnm", "be left out with --no-leaves", asked)
        if asked.get("hgat") and asked.get("occurrence") != "hgat":
            _refuse("hgat", "be left out with --no-leaves", asked)
    if "span" in off and asked.get("sbo"):
        _refuse("sbo", "be left out with --no-span", asked)


def _check_model(
    settings: Mapping[str, Any], asked: Mapping[str, Any], off: set[str]
) -> None:
    occurrence = settings.get("occurrence", "off")
    if "hgat" in off and occurrence == "hgat":
        _refuse("occurrence", "be 'off' or 'bias' with --no-hgat", settings)
    if "occurrences" in off and occurrence != "off":
        _refuse("occurrence", "be 'off' with --no-occurrences", settings)
    if "hgat" in off:
        for name in ("hgat_dropout", "hgat_num_bases"):
            if asked.get(name) is not None:
                _refuse(name, "be left out with --no-hgat", asked)
    if "decay" in off and asked.get("decay_mode") is not None:
        _refuse("decay_mode", "be left out with --no-decay", asked)
    is_factor = "decay" not in off and settings.get("decay_mode") != "bias"
    attention = settings.get("attention", "eager")
    if attention == "sdpa" and is_factor:
        _refuse(
            "attention",
            "be 'eager' or 'flex' unless --decay_mode bias or --no-decay",
            settings,
        )
    if settings.get("base_model") is not None:
        for name in OF_NEW_ENCODER:
            if asked.get(name) is not None:
                _refuse(
                    name, "be left out with --base_model, whose it is", asked
                )
    elif attention == "flex" and settings.get("dropout") != 0:
        _refuse("attention", "be 'eager' unless --dropout 0", settings)


def _check_strategies(
    settings: Mapping[str, Any], asked: Mapping[str, Any]
) -> None:
    saves = settings.get("save_strategy", "steps")
    if saves == "no" and settings.get("save_epochs") is not None:
        _refuse("save_strategy", "not be 'no' with save_epochs", settings)
    for name in ("early_stopping_patience", "load_best_model_at_end"):
        if not settings.get(name):
            continue
        if saves == "no":
            _refuse("save_strategy", f"not be 'no' with {name}", settings)
        if asked.get("eval_strategy") == "no":
            _refuse("eval_strategy", f"not be 'no' with {name}", settings)
    metric = asked.get("metric_for_best_model")
    known = EvaluationSums.zeros(1, torch.device("cpu")).metrics(0.5)
    if metric is not None and metric.removeprefix("eval_") not in known:
        rule = f"be one of {', '.join(known)}"
        _refuse("metric_for_best_model", rule, asked)
    if not settings.get("load_best_model_at_end"):
        for name in ("early_stopping_patience", "metric_for_best_model"):
            if asked.get(name) is not None:
                _refuse(
                    name, "be left out without load_best_model_at_end", asked
                )
        return
    evaluates = settings.get("eval_strategy", "no")
    if saves not in ("best", evaluates):
        _refuse(
            "eval_strategy",
            f"be '{saves}', as save_strategy, with load_best_model_at_end",
            settings,
        )
    if saves == "steps":
        every = settings.get("save_steps", 500)
        between = settings.get("eval_steps") or settings.get("logging_steps")
        if between and between >= 1 and every % between:
            _refuse(
                "save_steps",
                f"be a multiple of the {between:g} steps between evaluations,"
                " with load_best_model_at_end",
                {"save_steps": every},
            )


def check_device(configuration: RunConfiguration) -> None:
    """Check that there is the device that was asked for.

    Args:
        configuration: all settings.

    Raises:
        ValueError: if there is no GPU, or if it is not to be used.
    """
    settings = configuration.settings
    device = configuration.run.device
    use_cpu = settings.get("use_cpu")
    has_gpu = torch.cuda.is_available()
    if device == "cuda" and use_cpu:
        _refuse("use_cpu", "be left out with --device cuda", settings)
    if device == "cpu" and use_cpu is False:
        _refuse("use_cpu", "be left out with --device cpu", settings)
    if not has_gpu and device == "cuda":
        _refuse(
            "device", "be 'cpu' or 'auto': no GPU is visible here", settings
        )
    if not has_gpu and use_cpu is False:
        _refuse("use_cpu", "be left out: no GPU is visible here", settings)
    if configuration.model.attention == "flex" and (
        not has_gpu or device == "cpu" or use_cpu
    ):
        _refuse("attention", "be 'eager' or 'sdpa' on a CPU", settings)


def _refuse(name: str, rule: str, settings: Mapping[str, Any]) -> None:
    raise ValueError(f"'{name}' must {rule} (got {settings.get(name)!r})")
