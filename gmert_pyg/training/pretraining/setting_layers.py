"""Layers of settings: flags over a file over a preset over defaults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gmert_pyg.training.pretraining.base_model import carried_over, read_base
from gmert_pyg.training.pretraining.presets import preset
from gmert_pyg.training.pretraining.setting_types import read_settings, typed

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

        A run that goes on reads the file that it has written, if no other is
        given.

        Args:
            flags: the settings of the command line, `preset` among them or
                not.
            path: the file of settings. (default: :obj:`None`)

        Raises:
            ValueError: if the file, the preset or the base model is not there,
                or if a setting is unknown or of another type.
        """
        file = read_settings(path) if path is not None else {}
        earlier = Path(str(flags.get("output_dir")), FILE_NAME)
        if flags.get("resume") and path is None and earlier.is_file():
            file = read_settings(str(earlier))
        for layer in (file := dict(file), flags := dict(flags)):
            if layer.get("base_model") == "none":
                layer["base_model"] = None
        chosen = {"preset": "small", **file, **flags}
        name = chosen["preset"]
        weak: dict[str, Any] = {"preset": name}
        if name is not None:
            weak |= {
                key: typed(key, value, f"preset {name}")
                for key, value in preset(name).items()
            }
        base = (weak | chosen).get("base_model")
        if base is not None:
            # Sizes and dropout are those of the base model.
            for key in ("dropout", *OF_NEW_ENCODER):
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
OF_NEW_ENCODER = (*SIZES, "residual_scale")


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
            for name in group if given else ():
                result.pop(name, None)
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


def without_meaning(settings: Mapping[str, Any]) -> set[str]:
    """Return the names of settings that others make meaningless.

    Args:
        settings: the settings by name.

    Example:
        >>> without_meaning({"span": False})
        {'sbo'}
    """
    names: set[str] = set()
    if settings.get("base_model") is not None:
        names.update(OF_NEW_ENCODER)
    if settings.get("leaves") is False:
        names.add("mnm")
        if settings.get("occurrence") != "hgat":
            names.update(("hgat", "hgat_dropout", "hgat_num_bases"))
    if settings.get("hgat") is False:
        names.update(("hgat_dropout", "hgat_num_bases"))
    if settings.get("decay") is False:
        names.add("decay_mode")
    if settings.get("span") is False:
        names.add("sbo")
    return names
