"""A directory that a trained model was saved to."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from transformers import AutoConfig, PreTrainedTokenizerFast

from gmert_pyg.cli.options import read_schema
from gmert_pyg.cli.progress_bars import without_progress_bars
from gmert_pyg.nn import GraphMertConfig, GraphMertModel
from gmert_pyg.nn.dataset_checks import check_schema, check_tokenizer
from gmert_pyg.schema import Schema
from gmert_pyg.tokenization import GraphMertTokenizer

_LOCAL = {"local_files_only": True, "trust_remote_code": False}


def read_config(directory: str) -> GraphMertConfig:
    """Read the configuration of a model.

    Args:
        directory: where it was saved.

    Raises:
        ValueError: if there is no GraphMERT model.
    """
    if not (Path(directory) / "config.json").is_file():
        raise ValueError(
            f"'model' must be a model directory (got '{directory}')"
        )
    config = AutoConfig.from_pretrained(directory, **_LOCAL)
    if not isinstance(config, GraphMertConfig):
        raise ValueError(
            "'model' must be a directory with a model of type 'graphmert'"
            f" (got '{config.model_type}' in '{directory}')"
        )
    return config


def load_encoder(directory: str) -> GraphMertModel:
    """Load the encoder of a model, whatever its head is.

    Args:
        directory: where it was saved.

    Raises:
        ValueError: if there is no GraphMERT model, or not all of its weights.
    """
    config = read_config(directory)
    with without_progress_bars():
        model: GraphMertModel = GraphMertModel.from_pretrained(
            directory, config=config, use_safetensors=True, **_LOCAL
        )
    model.eval()
    return model


def load_tokenizer(
    directory: str, config: GraphMertConfig
) -> PreTrainedTokenizerFast:
    """Load the tokenizer beside a model, or the default one if there is none.

    Args:
        directory: where the model was saved.
        config: its configuration.

    Raises:
        ValueError: if the tokenizer is damaged, or the model was made for
            another one.
    """
    stored = Path(directory) / "tokenizer.json"
    if stored.is_file():
        _check_json(stored)
        tokenizer: PreTrainedTokenizerFast = GraphMertTokenizer.from_pretrained(
            directory, local_files_only=True
        )
    else:
        tokenizer = GraphMertTokenizer.default()
    check_tokenizer(config, tokenizer)
    return tokenizer


def choose_schema(config: GraphMertConfig, requested: str | None) -> Schema:
    """Return the schema of a model.

    Args:
        config: the configuration of the model; of one that stores no schema,
            the number of relations must agree.
        requested: the schema that was asked for, or `None`.

    Raises:
        ValueError: if another schema was asked for.
    """
    if requested is None and config.schema is not None:
        return Schema.from_dict(config.schema)
    schema = read_schema(requested or "code")
    check_schema(config, schema)
    # A model that stores no schema has no edge types for occurrences.
    return schema if config.schema else replace(schema, occurrences=())


def _check_json(path: Path) -> None:
    """Check that a file can be read, as tokenizers' errors have no type."""
    try:
        json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(
            f"'model' must have a tokenizer in JSON (got '{path}': {error})"
        ) from error
