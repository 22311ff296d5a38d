"""Reading checkpoints without ever replacing a weight in silence."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from json import JSONDecodeError
from pickle import UnpicklingError
from typing import Any

from safetensors import SafetensorError
from torch import nn
from transformers import PreTrainedModel

logger = logging.getLogger(__name__)

SHOWN = 8

# What a configuration can turn off in the encoder.
OPTIONAL_PARTS = (
    "decay_offset",
    "hgat",
    "occurrence",
    "slot_embedding",
    "type_embedding",
)


def load_whole(
    load: Callable[..., Any],
    name_or_path: Any,
    *arguments: Any,
    ignore_mismatched_sizes: bool = False,
    **kwargs: Any,
) -> tuple[PreTrainedModel, dict[str, Any]]:
    """Load a model; return it with what its checkpoint has besides or lacks.

    Args:
        load (callable): a `from_pretrained`.
        name_or_path (str): the checkpoint.
        *arguments (optional): further arguments of `load`.
        ignore_mismatched_sizes (bool, optional): whether weights of another
            shape are drawn at random. (default: :obj:`False`)
        **kwargs (optional): further arguments of `load`.

    Raises:
        ValueError: if a file is damaged or would run code, or if a weight has
            another shape than the configuration says.
    """
    try:
        # Its own report says that it replaces weights; here that is an error.
        with _no_report():
            model, found = load(
                name_or_path,
                *arguments,
                output_loading_info=True,
                ignore_mismatched_sizes=True,
                **kwargs,
            )
    except (SafetensorError, UnpicklingError) as error:
        raise _unusable(name_or_path, "whole tensors only", error) from error
    except JSONDecodeError as error:
        rule = "an index of its files in JSON"
        raise _unusable(name_or_path, rule, error) from error
    other = found["mismatched_keys"]
    if other and not ignore_mismatched_sizes:
        shapes = [
            f"'{name}' of shape {tuple(stored)}, not {tuple(expected)}"
            for name, stored, expected in sorted(other)
        ]
        raise _unusable(
            name_or_path, "weights of the shapes of its config", listed(shapes)
        )
    return model, found


def check_complete(
    model: PreTrainedModel,
    found: dict[str, Any],
    name_or_path: Any,
    may_lack_heads: bool,
) -> None:
    """Check that what a checkpoint lacks is at most whole, new heads.

    A head is new where another class saved the checkpoint, as when a
    pre-trained model is fine-tuned.

    Args:
        model (PreTrainedModel): what was loaded.
        found (dict): what `load_whole` returned with it.
        name_or_path (str): the checkpoint.
        may_lack_heads (bool): whether the same class may lack its heads too.

    Raises:
        ValueError: naming the missing weights, or those of the encoder for
            which the configuration has no place.
    """
    is_base = model.base_model is model
    missing = set(found["missing_keys"])
    new = set() if is_base else set(_wholly_missing(model, missing))
    new.discard(model.base_model_prefix)
    saved_by = model.config.architectures or []
    if type(model).__name__ in saved_by and not may_lack_heads:
        new.clear()
    lost = [name for name in sorted(missing) if _first(name) not in new]
    if lost:
        raise _unusable(
            name_or_path,
            f"every weight of {type(model).__name__}",
            f"no {listed(lost)}",
        )
    places = ("backbone.", f"{model.base_model_prefix}.backbone.")
    surplus = [n for n in found["unexpected_keys"] if n.startswith(places)]
    if surplus:
        raise _unusable(
            name_or_path,
            "an encoder of the size that its config says",
            f"also {listed(sorted(surplus))}",
        )
    if new:
        logger.warning(
            "New, not in '%s': %s", name_or_path, ", ".join(sorted(new))
        )
    prefix = f"{model.base_model_prefix}."
    unused = [
        name
        for name in sorted(found["unexpected_keys"])
        if _first(name.removeprefix(prefix)) in OPTIONAL_PARTS
    ]
    if unused:
        logger.warning(
            "Turned off by the configuration, and not read from '%s': %s",
            name_or_path,
            listed(unused),
        )


def listed(names: Iterable[str]) -> str:
    """Join names, the first few if there are many."""
    every = list(names)
    more = len(every) - SHOWN
    rest = [f"and {more} more"] if more > 0 else []
    return ", ".join(every[:SHOWN] + rest)


def _wholly_missing(model: nn.Module, missing: set[str]) -> Iterator[str]:
    for name, child in model.named_children():
        weights = {f"{name}.{key}" for key in child.state_dict()}
        if weights and weights <= missing:
            yield name


def _first(name: str) -> str:
    return name.partition(".")[0]


def _unusable(name_or_path: Any, rule: str, found: Any) -> ValueError:
    return ValueError(
        f"'pretrained_model_name_or_path' must hold {rule} "
        f"(got '{name_or_path}': {found})"
    )


@contextmanager
def _no_report() -> Iterator[None]:
    # Not by its level: transformers checks other things when that is raised.
    source = logging.getLogger("transformers.modeling_utils")
    source.addFilter(_is_error)
    try:
        yield
    finally:
        source.removeFilter(_is_error)


def _is_error(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.ERROR
