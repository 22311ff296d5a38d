"""A directory that a trained model was saved to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from transformers import AutoConfig, PreTrainedTokenizerFast
from transformers.utils import logging

from gmert_pyg.cli.options import read_schema
from gmert_pyg.nn import GraphMertConfig, GraphMertModel
from gmert_pyg.schema import Schema
from gmert_pyg.tokenization import GraphMertTokenizer, tokenizer_hash


def load_encoder(directory: str) -> GraphMertModel:
    """Load the encoder of a model, whatever its head is.

    Args:
        directory: where it was saved.

    Raises:
        ValueError: if there is no GraphMERT model, or not all of its weights.
    """
    if not (Path(directory) / "config.json").is_file():
        raise ValueError(
            f"'model' must be a model directory (got '{directory}')"
        )
    local = {"local_files_only": True, "trust_remote_code": False}
    config = AutoConfig.from_pretrained(directory, **local)
    if not isinstance(config, GraphMertConfig):
        raise ValueError(
            "'model' must be a directory with a model of type 'graphmert'"
            f" (got '{config.model_type}' in '{directory}')"
        )
    with _no_progress_bar():
        model: GraphMertModel = GraphMertModel.from_pretrained(
            directory, config=config, use_safetensors=True, **local
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
    found, known = tokenizer_hash(tokenizer), config.tokenizer_hash
    if known is not None and known != found:
        raise ValueError(
            f"'model' must have been made for the tokenizer '{found}',"
            f" {len(tokenizer)} tokens (got '{known}', {config.vocab_size}"
            " tokens)"
        )
    # What a model that stores no tokenizer was made for cannot be told.
    if known is None and len(tokenizer) != config.vocab_size:
        raise ValueError(
            "'model' must have the vocabulary of its tokenizer,"
            f" {len(tokenizer)} tokens (got {config.vocab_size})"
        )
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
    if config.schema is not None:
        schema = Schema.from_dict(config.schema)
        if requested is None or read_schema(requested) == schema:
            return schema
        found = f"'{schema.name}', version {schema.version}"
    else:
        schema = read_schema(requested or "code")
        if schema.num_relations == config.num_relations:
            # Such a model has no edge types for occurrences.
            return replace(schema, occurrences=())
        found = f"{config.num_relations} relations"
    wanted = schema if requested is None else read_schema(requested)
    raise ValueError(
        f"'model' must have been made for schema '{wanted.name}', version"
        f" {wanted.version} (got {found})"
    )


def _check_json(path: Path) -> None:
    """Check that a file can be read, as tokenizers' errors have no type."""
    try:
        json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(
            f"'model' must have a tokenizer in JSON (got '{path}': {error})"
        ) from error


@contextmanager
def _no_progress_bar() -> Iterator[None]:
    had_bar = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if had_bar:
            logging.enable_progress_bar()
