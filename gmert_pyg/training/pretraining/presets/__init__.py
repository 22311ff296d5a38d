"""Recipes of pre-training, as files of settings."""

from __future__ import annotations

import copy
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

PRESETS = ("small", "paper", "codebert")


def preset_text(name: str) -> str:
    """Return the file of a preset.

    Args:
        name: one of :obj:`PRESETS`.

    Raises:
        ValueError: if there is no such preset.
    """
    if name not in PRESETS:
        raise ValueError(f"'preset' must be one of {PRESETS} (got {name!r})")
    return (files(__package__) / f"{name}.yaml").read_text("utf-8")


def preset(name: str) -> dict[str, Any]:
    """Return the settings of a preset, by name.

    Args:
        name: one of :obj:`PRESETS`.

    Raises:
        ValueError: if there is no such preset.

    Example:
        >>> preset("paper")["learning_rate"]
        0.0004
    """
    return copy.deepcopy(_settings(name))


@cache
def _settings(name: str) -> dict[str, Any]:
    settings: dict[str, Any] = yaml.safe_load(preset_text(name))
    return settings
