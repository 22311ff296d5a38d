"""All settings of a run: flags over a file over a preset over defaults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any

import yaml

from gmert_pyg.training.arguments import GraphMertTrainingArguments
from gmert_pyg.training.presets import PRESETS, preset
from gmert_pyg.training.run_arguments import (
    ModelArguments,
    ObjectiveArguments,
    PreTrainingDataArguments,
    RunArguments,
)
from gmert_pyg.training.run_model import carried_over, read_base
from gmert_pyg.training.setting_types import (
    GROUPS,
    default_of,
    read_settings,
    typed,
)

FILE_NAME = "pretrain.yaml"

# Say the same thing in two ways: one that is given puts those of lower layers
# out of force, and two of one layer contradict each other.
ALTERNATIVES = (
    ("max_steps", "num_train_epochs"),
    ("token_budget", "per_device_train_batch_size"),
    ("precision", "bf16", "fp16"),
    ("local_only", "non_local_only"),
    ("save_steps", "save_epochs"),
)
# Settings that only have a meaning beside another's value.
_FOLLOWS = {
    "lr_scheduler_type": ("lr_scheduler_kwargs",),
    "save_strategy": ("save_steps", "save_epochs"),
    "save_steps": ("save_strategy",),
    "save_epochs": ("save_strategy",),
    "eval_steps": ("eval_strategy",),
}


@dataclass(frozen=True, slots=True)
class Layers:
    """Settings of one run, from the weakest to the strongest layer.

    Args:
        weak: those of the preset and of the checkpoint to start from.
        file: those of the file.
        flags: those of the command line.
    """

    weak: Mapping[str, Any]
    file: Mapping[str, Any]
    flags: Mapping[str, Any]

    @classmethod
    def read(cls, flags: Mapping[str, Any], path: str | None = None) -> Layers:
        """Read the layers below the flags.

        Args:
            flags: the settings of the command line, `preset` among them or
                not.
            path: the file of settings. (default: :obj:`None`)

        Raises:
            ValueError: if the file, the preset or the base model is not there,
                or if a setting is unknown or of another type.
        """
        file = read_settings(path) if path is not None else {}
        chosen = {"preset": "small", **file, **flags}
        name = chosen["preset"]
        weak: dict[str, Any] = {"preset": name}
        if name is not None:
            weak |= {
                key: typed(key, value, f"preset {name}")
                for key, value in preset(name).items()
            }
        base = (weak | chosen).get("base_model")
        if base is not None and base != "none":
            # Sizes and dropout are those of the base model.
            for key in ("dropout", *SIZES):
                weak.pop(key, None)
            weak |= carried_over(read_base(base))
        return cls(weak, file, flags)

    @property
    def asked(self) -> dict[str, Any]:
        """What somebody asked for, in the file or by flags."""
        return merged([self.file, self.flags])

    @property
    def settings(self) -> dict[str, Any]:
        """All settings; what is not among them has its default."""
        return with_implied(merged([self.weak, self.file, self.flags]))


SIZES = (
    "num_hidden_layers",
    "hidden_size",
    "num_attention_heads",
    "intermediate_size",
)


def is_on(value: Any) -> bool:
    """Return whether a setting says anything."""
    return value is not None and value is not False and value not in (-1, 0)


def merged(layers: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Lay settings over each other, the strongest last.

    Args:
        layers: the settings. One that is turned on puts its alternatives in
            weaker layers out of force.

    Raises:
        ValueError: naming two settings of one layer that are alternatives.

    Example:
        >>> merged([{"max_steps": 9, "seed": 1}, {"num_train_epochs": 2}])
        {'seed': 1, 'num_train_epochs': 2}
    """
    result: dict[str, Any] = {}
    for layer in layers:
        for group in ALTERNATIVES:
            given = [name for name in group if is_on(layer.get(name))]
            if len(given) > 1:
                first, second = given[:2]
                raise ValueError(
                    f"'{first}' must not be given together with '{second}':"
                    f" leave one of them out (got {layer[first]!r} and"
                    f" {layer[second]!r})"
                )
            for name in given:
                for other in group:
                    result.pop(other, None)
        for name in layer:
            for other in _FOLLOWS.get(name, ()):
                result.pop(other, None)
        result |= layer
    return result


def with_implied(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Add what the settings imply and do not say.

    Args:
        settings: the settings by name.

    Example:
        >>> with_implied({"eval_steps": 9})["eval_strategy"]
        'steps'
    """
    found = dict(settings)
    if found.get("save_epochs") is not None:
        found.setdefault("save_strategy", "epoch")
    if found.get("eval_steps") is not None:
        found.setdefault("eval_strategy", "steps")
    if found.get("early_stopping_patience") is not None:
        found.setdefault("load_best_model_at_end", True)
    is_silent = str(found.get("eval_strategy", "no")) == "no"
    if found.get("load_best_model_at_end") and is_silent:
        # The best checkpoint is known only if each of them is evaluated.
        found["eval_strategy"] = found.get("save_strategy", "steps")
        if found["eval_strategy"] == "steps":
            found["eval_steps"] = found.get("save_steps", 500)
    return found


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
        settings = dict(settings)
        if settings.get("base_model") == "none":
            settings["base_model"] = None
        if settings.get("device") == "cpu":
            settings["use_cpu"] = True
        made = [
            group(
                **{
                    field.name: settings[field.name]
                    for field in fields(group)
                    if field.init and field.name in settings
                }
            )
            for group in GROUPS
        ]
        return cls(*made, settings=settings)

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
        settings = {
            field.name: _plain(getattr(group, field.name))
            for group in groups
            for field in fields(group)
            if field.init and getattr(group, field.name) != default_of(field)
        }
        # One of two names for one thing is what the other was made from.
        for first, *others in ALTERNATIVES:
            if is_on(settings.get(first)):
                for other in others:
                    settings.pop(other, None)
        return cls(*groups, settings={"preset": None, **settings})

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
        for title, group in zip(titles, GROUPS, strict=True):
            values = {}
            for field in fields(group):
                name = field.name
                is_ours = group is not GraphMertTrainingArguments
                if not field.init or name in _OF_ONE_START:
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
