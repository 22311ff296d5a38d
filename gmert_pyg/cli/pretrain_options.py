"""The flags of `gmert pretrain`: ours, and all of transformers' Trainer."""

from __future__ import annotations

import argparse
from dataclasses import fields
from enum import Enum
from typing import Any, get_args

from transformers import HfArgumentParser

from gmert_pyg.training.arguments import GraphMertTrainingArguments
from gmert_pyg.training.pretraining.presets import PRESETS, preset
from gmert_pyg.training.pretraining.setting_layers import ALTERNATIVES
from gmert_pyg.training.pretraining.setting_types import (
    GROUPS,
    defaults,
    setting_names,
)

# What most people set, of the hundred settings of transformers' Trainer, with
# a shorter word on it; the rest is shown by --help-all.
COMMON = {
    "output_dir": "folder of the run: checkpoints, model, pretrain.yaml",
    "num_train_epochs": "passes over the graphs",
    "max_steps": "optimizer steps, instead of num_train_epochs",
    "token_budget": "nodes of a padded batch, at most",
    "per_device_train_batch_size": "graphs of a batch on average, instead of"
    " token_budget, which is then found from the sizes of the graphs",
    "gradient_accumulation_steps": "batches to an optimizer step",
    "learning_rate": "peak learning rate of AdamW",
    "attention_lr_multiplier": "how many times faster the scalars of attention"
    " learn",
    "lr_scheduler_type": "when the learning rate falls, and how",
    "warmup_steps": "steps of rising learning rate; below 1, a share of all",
    "weight_decay": "weight decay of matrices",
    "max_grad_norm": "clip gradients to this norm",
    "precision": "auto, bf16 or float32; auto is bf16 autocast where the device"
    " multiplies it faster",
    "torch_compile": "compile the model",
    "gradient_checkpointing": "save memory: compute activations twice",
    "seed": "seed of the split, the masks, the weights and the order",
    "dataloader_num_workers": "processes that load batches",
    "logging_steps": "steps between entries of the log; below 1, a share",
    "eval_strategy": "when to evaluate: no, steps or epoch",
    "eval_steps": "steps between evaluations",
    "save_strategy": "when to save: no, steps, epoch or best",
    "save_steps": "steps between checkpoints",
    "save_epochs": "passes over the graphs between checkpoints",
    "save_total_limit": "checkpoints to keep",
    "load_best_model_at_end": "end with the checkpoint of the best held-out"
    " metric",
    "metric_for_best_model": "which one: loss, mlm_accuracy, leaf_hits@10 or"
    " another of the log",
    "early_stopping_patience": "stop after this many evaluations without a"
    " better one",
    "report_to": "where to send the log: none, wandb, tensorboard;"
    " WANDB_MODE=offline keeps wandb on this machine",
    "wandb_project": "project in Weights & Biases",
    "run_name": "name of the run there",
    "push_to_hub": "upload checkpoints and model to the Hugging Face hub",
    "hub_model_id": "repository there",
}


USAGE = "%(prog)s --output_dir DIR [--preset NAME] [--config FILE] [FLAG ...]"
DESCRIPTION = (
    "Train a GraphMERT model by masked language modelling and masked node"
    " modelling, holding out whole projects, or of one project, whole top-level"
    " modules."
)
EPILOG = (
    "Flags go before the settings of --config, these before those of --preset."
    " Hyphens do as well as underscores: --output-dir. What is on is turned off"
    " by --no-NAME or --NAME false. Several processes: torchrun"
    " --nproc-per-node N -m gmert_pyg pretrain ..."
)


class OneSpelling(argparse.HelpFormatter):
    """Shows one spelling of a flag, and the way to turn it off."""

    def __init__(self, prog: str, **kwargs: Any) -> None:
        super().__init__(prog, max_help_position=28, **kwargs)

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if not action.option_strings:
            return super()._format_action_invocation(action)
        flag = next(
            (f for f in action.option_strings if len(f) > 2),
            action.option_strings[0],
        )
        if action.nargs == "?":
            is_on = getattr(action, "starts_on", False)
            return f"{flag}, --no-{flag[2:]}" if is_on else flag
        if action.nargs == 0:
            return (
                ", ".join(action.option_strings[:2][::-1][:1] or [flag])
                if flag not in action.option_strings[:1]
                else flag
            )
        value = self._format_args(
            action, self._get_default_metavar_for_optional(action)
        )
        return f"{flag} {value}"


def option_parser(show_all: bool = False) -> HfArgumentParser:
    """Return a parser whose namespace holds what was given, and no defaults.

    Args:
        show_all: whether the help shows the flags that few people need.
            (default: :obj:`False`)
    """
    parser = HfArgumentParser(add_help=False, allow_abbrev=False)
    start = parser.add_argument_group("settings")
    start.add_argument(
        "--preset",
        choices=PRESETS,
        help="where settings start from: 'small', minutes on a CPU; 'paper', 12"
        " layers of width 512 from scratch; 'codebert', from"
        " microsoft/codebert-base (default: small)",
    )
    start.add_argument(
        "--config",
        metavar="FILE",
        help="YAML or JSON file of settings, such as the pretrain.yaml of a run"
        " (default: none)",
    )
    start.add_argument(
        "--from_scratch",
        "--from-scratch",
        action="store_true",
        help="train the shape of the preset without the weights of its base"
        " model (default: off)",
    )
    start.add_argument(
        "--help-all",
        action=_HelpAll,
        help="show every flag, also those of transformers' Trainer that few"
        " people need",
    )
    flags = HfArgumentParser(GROUPS, add_help=False, allow_abbrev=False)
    whole = HfArgumentParser(
        add_help=False, allow_abbrev=False, parents=[parser, flags]
    )
    kinds = setting_names()
    for action in whole._actions:
        _explain(action, kinds, show_all)
        action.default = argparse.SUPPRESS
    _order(whole)
    return whole


def _order(parser: argparse.ArgumentParser) -> None:
    """Put what most people need first: argparse shows actions and groups in
    the order in which it keeps them.
    """
    groups = {str(group.title): group for group in parser._action_groups}
    start, training = groups["settings"], groups["training"]
    for action in list(training._group_actions):
        if action.dest == "output_dir":
            training._group_actions.remove(action)
            start._group_actions.insert(0, action)
    place = {name: number for number, name in enumerate(COMMON)}
    place["output_dir"] = -2
    parser._actions.sort(
        key=lambda action: place.get(
            action.dest, len(place) if action.dest in TRAINING else -1
        )
    )
    run = groups["run"]
    parser._action_groups.remove(run)
    parser._action_groups.insert(parser._action_groups.index(start) + 1, run)


def _explain(
    action: argparse.Action, kinds: dict[str, Any], show_all: bool
) -> None:
    """Give a flag a help with its default, or hide it."""
    name = action.dest
    if name not in kinds or name == "preset":
        return
    is_off_switch = action.option_strings[0].startswith("--no_")
    is_rare = name in TRAINING and name not in COMMON
    if is_off_switch or (is_rare and not show_all):
        action.help = argparse.SUPPRESS
        return
    action.starts_on = action.default is True  # type: ignore[attr-defined]
    words = COMMON.get(name) or " ".join((action.help or "").split())
    if "default:" not in words.lower():
        words = f"{words.rstrip('.')} (default: {_defaults(name)})"
    action.help = words
    if action.choices is None and action.nargs != "?" and not action.metavar:
        action.metavar = _METAVARS.get(_number(kinds[name]), "VALUE")


TRAINING = frozenset(field.name for field in fields(GraphMertTrainingArguments))
_METAVARS = {int: "N", float: "X", str: "NAME"}


def _number(kind: Any) -> Any:
    known = [one for one in (get_args(kind) or (kind,)) if one in _METAVARS]
    return known[0] if known else None


def _defaults(name: str) -> str:
    """Return the value of a setting by preset, or that of all."""
    values = {one: _shown(name, one) for one in PRESETS}
    if len(set(values.values())) == 1:
        return values[PRESETS[0]]
    told: dict[str, list[str]] = {}
    for one, value in values.items():
        told.setdefault(value, []).append(one)
    return "; ".join(
        f"{value} in {' and '.join(names)}" for value, names in told.items()
    )


def _shown(name: str, one: str) -> str:
    settings = preset(one)
    either = next((g for g in ALTERNATIVES if name in g), ())
    if name not in settings and any(other in settings for other in either):
        return "none"
    value = settings.get(name, defaults()[name])
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Enum):
        value = value.value
    return "none" if value is None or value == [] else str(value)


class _HelpAll(argparse.Action):
    """Shows the whole help, and ends."""

    def __init__(self, option_strings: list[str], dest: str, **kw: Any) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, **kw)

    def __call__(
        self, parser: argparse.ArgumentParser, *_: Any, **__: Any
    ) -> None:
        argparse.ArgumentParser(
            prog=parser.prog,
            usage=USAGE,
            description=DESCRIPTION,
            epilog=EPILOG,
            formatter_class=OneSpelling,
            parents=[option_parser(show_all=True)],
        ).print_help()
        parser.exit()
