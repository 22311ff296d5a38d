"""Checks of a configuration: which of its arguments are out of range."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gmert_pyg.nn.attention.names import REGISTERED
from gmert_pyg.nn.packed_batch import BLOCK_SIZE
from gmert_pyg.schema import Schema

if TYPE_CHECKING:
    from gmert_pyg.nn.configuration import GraphMertConfig

CHOICES = {
    "decay_mode": ("multiply", "bias"),
    "attention": tuple(REGISTERED),
    "position": ("anchor", "none"),
    "occurrence": ("off", "bias", "hgat"),
    "pooling": ("mean", "first", "attention"),
}


def check_configuration(config: GraphMertConfig) -> None:
    """Check every argument, and what several of them say together.

    Raises:
        ValueError: naming the argument that is out of range.
    """
    _check_numbers(config)
    for name, choices in CHOICES.items():
        value = getattr(config, name)
        _require(value in choices, name, f"be one of {choices}", value)
    _check_edge_types(config)
    check_decay_mode(config, config.attention)
    _check_embedding_size(config)


def check_decay_mode(config: GraphMertConfig, attention: str) -> None:
    """Check that a form of attention can apply the decay.

    Raises:
        ValueError: if it cannot.
    """
    factor = config.decay and config.decay_mode == "multiply"
    _require(
        not factor or attention != "sdpa",
        "attention",
        "be 'eager' or 'flex' with decay_mode 'multiply'",
        attention,
    )


def _check_numbers(config: GraphMertConfig) -> None:
    for name in ("num_relations", "max_slots", "sbo_max_length"):
        value = getattr(config, name)
        _require(value >= 1, name, "be positive", value)
    for name in ("num_transform_layers", "distance_shift"):
        value = getattr(config, name)
        _require(value >= 0, name, "not be negative", value)
    bases = config.hgat_num_bases
    _require(
        bases is None or bases >= 1, "hgat_num_bases", "be positive", bases
    )
    budget = config.token_budget
    _require(
        budget is None or (budget > 0 and budget % BLOCK_SIZE == 0),
        "token_budget",
        f"be a positive multiple of {BLOCK_SIZE}",
        budget,
    )
    weight = config.lambda_mlm
    _require(0 <= weight <= 1, "lambda_mlm", "be in [0, 1]", weight)
    for name in ("hgat_dropout", "classifier_dropout"):
        rate = getattr(config, name)
        _require(rate is None or 0 <= rate < 1, name, "be in [0, 1)", rate)
    heat, offset = config.temperature, config.decay_init
    _require(0 < heat < math.inf, "temperature", "be positive, finite", heat)
    _require(math.isfinite(offset), "decay_init", "be finite", offset)
    base = config.decay_base
    _require(0 < base < 1, "decay_base", "be in (0, 1)", base)


def _check_edge_types(config: GraphMertConfig) -> None:
    if config.schema is not None:
        known = Schema.from_dict(config.schema).num_relations
        _require(
            config.num_relations == known,
            "num_relations",
            f"be {known}, as in 'schema'",
            config.num_relations,
        )
    if config.occurrence != "off":
        _require(
            len(config.occurrence_names) > 0,
            "schema",
            f"have occurrences with occurrence {config.occurrence!r}",
            config.schema,
        )
    _require(
        config.hgat or config.occurrence != "hgat",
        "hgat",
        "be True with occurrence 'hgat'",
        config.hgat,
    )


def _check_embedding_size(config: GraphMertConfig) -> None:
    _require(
        config.embedding_size == config.hidden_size
        or (config.position == "anchor" and config.num_transform_layers > 0),
        "position",
        "be 'anchor', and 'num_transform_layers' positive, for an encoder "
        f"whose embeddings have size {config.embedding_size}, not "
        f"{config.hidden_size}",
        config.position,
    )


def _require(condition: bool, name: str, rule: str, got: object) -> None:
    if not condition:
        raise ValueError(f"'{name}' must {rule} (got {got!r})")
