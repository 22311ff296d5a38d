"""Settings from a file, read as the command line reads them."""

from __future__ import annotations

import json
from argparse import ArgumentError
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_type_hints

import yaml
from transformers import HfArgumentParser

from gmert_pyg.training.arguments import GraphMertTrainingArguments
from gmert_pyg.training.pretraining.arguments import (
    ModelArguments,
    ObjectiveArguments,
    PreTrainingDataArguments,
    RunArguments,
)

GROUPS: tuple[Any, ...] = (
    PreTrainingDataArguments,
    ModelArguments,
    ObjectiveArguments,
    GraphMertTrainingArguments,
    RunArguments,
)


@cache
def setting_names() -> dict[str, Any]:
    """Return the type of every setting, by name."""
    found: dict[str, Any] = {"preset": str | None}
    for group in GROUPS:
        hints = get_type_hints(group)
        found |= {
            field.name: hints[field.name]
            for field in fields(group)
            if field.init
        }
    return found


@cache
def defaults() -> dict[str, Any]:
    """Return the default of every setting, by name."""
    return {
        field.name: default_of(field)
        for group in GROUPS
        for field in fields(group)
        if field.init
    }


def default_of(field: Field[Any]) -> Any:
    """Return the default of a field of a dataclass."""
    if field.default is not MISSING:
        return field.default
    assert field.default_factory is not MISSING
    return field.default_factory()


def nearest(name: str) -> str:
    """Return a hint at the setting that a wrong name is closest to."""
    near = get_close_matches(name, setting_names(), n=1)
    return f", did you mean '{near[0]}'?" if near else ""


def read_settings(path: str) -> dict[str, Any]:
    """Read a YAML or JSON file of settings.

    Args:
        path: the file; its keys are the names of flags, with underscores or
            hyphens, and `preset`.

    Raises:
        ValueError: naming the file, and the key that is unknown or has a value
            of another type.
    """
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(
            f"'config' must be a file that can be read (got '{path}')"
        ) from error
    try:
        found = json.loads(text) if path.endswith(".json") else _yaml(text)
    except json.JSONDecodeError as error:
        raise _unreadable(path, error.lineno, error.msg) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _unreadable(path, line, str(error.problem)) from error
    except yaml.YAMLError as error:
        raise _unreadable(path, 1, "a character that YAML forbids") from error
    if not isinstance(found, Mapping):
        raise ValueError(
            "'config' must hold names and values, such as 'max_steps: 100' (got"
            f" '{path}' with {type(found).__name__})"
        )
    return {
        name: typed(name, value, path)
        for name, value in (
            (str(key).replace("-", "_"), value) for key, value in found.items()
        )
    }


def _unreadable(path: str, line: int, problem: str) -> ValueError:
    return ValueError(
        f"'config' must be a file of YAML or JSON (got '{path}', line {line}:"
        f" {problem})"
    )


def typed(name: str, value: Any, path: str) -> Any:
    """Return a value of a file as its flag would read it.

    Args:
        name: the name of the setting.
        value: what YAML or JSON made of it.
        path: the file, for errors.

    Raises:
        ValueError: if there is no such setting, or if the value is of another
            type or no choice of it.
    """
    kinds = setting_names()
    if name not in kinds:
        raise ValueError(
            f"'config' must hold settings (got '{name}' in '{path}'"
            f"{nearest(name)})"
        )
    kind = kinds[name]
    allowed = get_args(kind) or (kind,)
    if value is None:
        if NoneType not in allowed:
            raise _wrong(name, path, "have a value", value)
        return None
    if isinstance(value, Mapping):
        if not any("dict" in str(one) for one in allowed):
            raise _wrong(name, path, "be one value", value)
        return dict(value)
    # YAML takes an unquoted `no` for false.
    if value is False and bool not in allowed and name.endswith("_strategy"):
        value = "no"
    return _as_flag(name, value, path)


def _as_flag(name: str, value: Any, path: str) -> Any:
    if name == "preset":
        return str(value)
    words = value if isinstance(value, list) else [value]
    if len(words) == 1:
        flag = [f"--{name}={words[0]}"]
    else:
        flag = [f"--{name}", *map(str, words)]
    try:
        given, rest = _parser().parse_known_args(flag)
    except ArgumentError as error:
        raise _wrong(name, path, _rule(name), value) from error
    if rest:
        raise _wrong(name, path, "be one value", value)
    return getattr(given, name)


def _rule(name: str) -> str:
    """Say which values a setting takes."""
    (action,) = (
        one for one in _parser()._actions if f"--{name}" in one.option_strings
    )
    if action.choices is not None:
        return f"be one of {', '.join(map(str, action.choices))}"
    kinds = get_args(setting_names()[name]) or (setting_names()[name],)
    words = {bool: "true or false", int: "a whole number", float: "a number"}
    return f"be {' or '.join(words[kind] for kind in kinds if kind in words)}"


def _wrong(name: str, path: str, rule: str, value: Any) -> ValueError:
    return ValueError(f"'{name}' in '{path}' must {rule} (got {value!r})")


@cache
def _parser() -> HfArgumentParser:
    return HfArgumentParser(
        GROUPS, add_help=False, exit_on_error=False, allow_abbrev=False
    )


class _UniqueKeys(yaml.SafeLoader):
    """Refuses a key that is given twice, of which YAML would take the last."""

    def construct_mapping(
        self, node: yaml.MappingNode, deep: bool = False
    ) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"'{key}' is given twice", node.start_mark
                )
        return super().construct_mapping(node, deep)


def _yaml(text: str) -> Any:
    return yaml.load(text, _UniqueKeys)
