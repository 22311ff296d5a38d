"""All settings of a run, as arguments and as a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any

import torch
import yaml

from gmert_pyg.training.arguments import GraphMertTrainingArguments
from gmert_pyg.training.pretraining.arguments import (
    ModelArguments,
    ObjectiveArguments,
    PreTrainingDataArguments,
    RunArguments,
)
from gmert_pyg.training.pretraining.presets import PRESETS, preset
from gmert_pyg.training.pretraining.setting_layers import (
    ALTERNATIVES,
    is_on,
    without_meaning,
)
from gmert_pyg.training.pretraining.setting_types import GROUPS, default_of


@dataclass(frozen=True, slots=True)
class RunConfiguration:
    """All arguments of a run, and what `pretrain.yaml` says of them.

    Args:
        data: which graphs.
        model: which model.
        objectives: what it predicts.
        training: how it is trained.
        run: what belongs to this start.
        settings: what the arguments were made from, by name.
    """

    data: PreTrainingDataArguments
    model: ModelArguments
    objectives: ObjectiveArguments
    training: GraphMertTrainingArguments
    run: RunArguments
    settings: Mapping[str, Any]

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> RunConfiguration:
        """Make the arguments of settings.

        Args:
            settings: values by name, and the preset that they come from.

        Raises:
            ValueError: if a setting is out of its range.
        """
        given = dict(settings)
        no_gpu = not torch.accelerator.is_available()
        # transformers takes bf16 without a GPU only if told of the CPU.
        if given.get("device") == "cpu" or (given.get("bf16") and no_gpu):
            given["use_cpu"] = True
        data, model, objectives, training, run = (
            group(
                **{
                    field.name: given[field.name]
                    for field in fields(group)
                    if field.init and field.name in given
                }
            )
            for group in GROUPS
        )
        return cls(data, model, objectives, training, run, dict(settings))

    @classmethod
    def of_arguments(cls, *groups: Any) -> RunConfiguration:
        """Put arguments together that were made one by one.

        Args:
            *groups: of data, model, objectives, training and run, in this
                order.

        Raises:
            ValueError: if an argument is out of its range, or contradicts
                another.
        """
        # What transformers makes of its own defaults was not asked for.
        silent = GraphMertTrainingArguments("", report_to="none")
        standard = [group() for group in GROUPS]
        standard[GROUPS.index(GraphMertTrainingArguments)] = silent
        settings = {
            field.name: _plain(getattr(group, field.name))
            for group, default in zip(groups, standard, strict=True)
            for field in fields(default)
            if field.init
            and _plain(getattr(group, field.name))
            != _plain(getattr(default, field.name))
        }
        if not torch.accelerator.is_available():
            settings.pop("use_cpu", None)
        # One of two names for one thing is what the other was made from.
        for first, *others in ALTERNATIVES:
            if is_on(settings.get(first)):
                for other in others:
                    settings.pop(other, None)
        data, model, objectives, training, run = groups
        settings = {"preset": None, **settings}
        return cls(data, model, objectives, training, run, settings)

    def to_yaml(self) -> str:
        """Return the settings as a file that `--config` reads back.

        All of the model, the data and the objectives are there, and of the
        hundred settings of training those that were set; what belongs to one
        start only is not.
        """
        parts = []
        if "preset" in self.settings:
            parts.append(_dump({"preset": self.settings["preset"]}))
        titles = ("data", "model", "objectives", "training", "run")
        # What a preset sets must not come back from there.
        known = set().union(*(preset(name) for name in PRESETS))
        either = {name for group in ALTERNATIVES for name in group}
        left_out = {*_OF_ONE_START, *without_meaning(self.settings)}
        for title, group in zip(titles, GROUPS, strict=True):
            values = {}
            for field in fields(group):
                name = field.name
                is_ours = group is not GraphMertTrainingArguments
                if not field.init or name in left_out:
                    continue
                if name in self.settings:
                    values[name] = self.settings[name]
                elif name in either:
                    continue
                elif is_ours or name in known:
                    values[name] = default_of(field)
            if values:
                parts.append(f"# {title}\n{_dump(values)}")
        return "\n".join(parts)


_OF_ONE_START = ("dry_run", "resume", "overwrite_output_dir", "hub_token")


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.to_dict() if hasattr(value, "to_dict") else value


def _dump(values: dict[str, Any]) -> str:
    text: str = yaml.safe_dump(
        values, sort_keys=False, default_flow_style=False, width=1000
    )
    return text
