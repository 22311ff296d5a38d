"""Settings that contradict each other or the machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from gmert_pyg.training.evaluation.evaluation_sums import EvaluationSums
from gmert_pyg.training.pretraining.configuration import RunConfiguration
from gmert_pyg.training.pretraining.setting_layers import OF_NEW_ENCODER
from gmert_pyg.training.pretraining.value_checks import refuse


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
        refuse("wandb_project", "be left out without --report_to wandb", asked)
    if asked.get("resume") and asked.get("overwrite_output_dir"):
        refuse(
            "resume", "not be given together with overwrite_output_dir", asked
        )
    if asked.get("hub_model_id") and not settings.get("push_to_hub"):
        refuse("hub_model_id", "be left out without --push_to_hub", asked)


def _check_objectives(asked: Mapping[str, Any], off: set[str]) -> None:
    if "leaves" in off:
        if asked.get("mnm") is not None:
            refuse("mnm", "be left out with --no-leaves", asked)
        if asked.get("hgat") and asked.get("occurrence") != "hgat":
            refuse("hgat", "be left out with --no-leaves", asked)
    if "span" in off and asked.get("sbo"):
        refuse("sbo", "be left out with --no-span", asked)


def _check_model(
    settings: Mapping[str, Any], asked: Mapping[str, Any], off: set[str]
) -> None:
    occurrence = settings.get("occurrence", "off")
    if "hgat" in off and occurrence == "hgat":
        refuse("occurrence", "be 'off' or 'bias' with --no-hgat", settings)
    if "occurrences" in off and occurrence != "off":
        refuse("occurrence", "be 'off' with --no-occurrences", settings)
    if "hgat" in off:
        for name in ("hgat_dropout", "hgat_num_bases"):
            if asked.get(name) is not None:
                refuse(name, "be left out with --no-hgat", asked)
    if "decay" in off and asked.get("decay_mode") is not None:
        refuse("decay_mode", "be left out with --no-decay", asked)
    is_factor = "decay" not in off and settings.get("decay_mode") != "bias"
    attention = settings.get("attention", "eager")
    if attention == "sdpa" and is_factor:
        refuse(
            "attention",
            "be 'eager' or 'flex' unless --decay_mode bias or --no-decay",
            settings,
        )
    if settings.get("base_model") is not None:
        for name in OF_NEW_ENCODER:
            if asked.get(name) is not None:
                refuse(
                    name, "be left out with --base_model, whose it is", asked
                )
    elif attention == "flex" and settings.get("dropout") != 0:
        refuse("attention", "be 'eager' unless --dropout 0", settings)


def _check_strategies(
    settings: Mapping[str, Any], asked: Mapping[str, Any]
) -> None:
    saves = settings.get("save_strategy", "steps")
    if saves == "no" and settings.get("save_epochs") is not None:
        refuse("save_strategy", "not be 'no' with save_epochs", settings)
    for name in ("early_stopping_patience", "load_best_model_at_end"):
        if not settings.get(name):
            continue
        if saves == "no":
            refuse("save_strategy", f"not be 'no' with {name}", settings)
        if asked.get("eval_strategy") == "no":
            refuse("eval_strategy", f"not be 'no' with {name}", settings)
    metric = asked.get("metric_for_best_model")
    known = EvaluationSums.zeros(1, torch.device("cpu")).metrics(0.5)
    if metric is not None and metric.removeprefix("eval_") not in known:
        rule = f"be one of {', '.join(known)}"
        refuse("metric_for_best_model", rule, asked)
    if not settings.get("load_best_model_at_end"):
        for name in ("early_stopping_patience", "metric_for_best_model"):
            if asked.get(name) is not None:
                refuse(
                    name, "be left out without load_best_model_at_end", asked
                )
        return
    evaluates = settings.get("eval_strategy", "no")
    if saves not in ("best", evaluates):
        refuse(
            "eval_strategy",
            f"be '{saves}', as save_strategy, with load_best_model_at_end",
            settings,
        )
    if saves == "steps":
        every = settings.get("save_steps", 500)
        between = settings.get("eval_steps") or settings.get("logging_steps")
        if between and between >= 1 and every % between:
            refuse(
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
        refuse("use_cpu", "be left out with --device cuda", settings)
    if device == "cpu" and use_cpu is False:
        refuse("use_cpu", "be left out with --device cpu", settings)
    if not has_gpu and device == "cuda":
        refuse("device", "be 'cpu' or 'auto': no GPU is visible here", settings)
    if not has_gpu and use_cpu is False:
        refuse("use_cpu", "be left out: no GPU is visible here", settings)
    if configuration.model.attention == "flex" and (
        not has_gpu or device == "cpu" or use_cpu
    ):
        refuse("attention", "be 'eager' or 'sdpa' on a CPU", settings)
