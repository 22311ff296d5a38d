"""A directory that a trained model was saved to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from safetensors import SafetensorError
from transformers import AutoConfig, PreTrainedTokenizerFast
from transformers.utils import logging

from gmert_pyg.cli.options import read_schema
from gmert_pyg.nn import GraphMertConfig, GraphMertModel
from gmert_pyg.schema import Schema
from gmert_pyg.tokenization import GraphMertTokenizer


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
    try:
        with _quiet():
            model, report = GraphMertModel.from_pretrained(
                directory,
                config=config,
                use_safetensors=True,
                ignore_mismatched_sizes=True,  # reported, and refused below
                output_loading_info=True,
                **local,
            )
    except SafetensorError as error:
        raise ValueError(
            f"'model' must hold whole weights (got '{directory}': {error})"
        ) from error
    changed = [key for key, *_ in report["mismatched_keys"]]
    lost = sorted([*report["missing_keys"], *changed])
    if lost:
        raise ValueError(
            f"'model' must hold all weights of its configuration (got"
            f" '{directory}', where {len(lost)} are missing or of another"
            f" shape, such as '{lost[0]}')"
        )
    assert isinstance(model, GraphMertModel)
    return model.eval()


def load_tokenizer(
    directory: str, config: GraphMertConfig
) -> PreTrainedTokenizerFast:
    """Load the tokenizer beside a model, or the default one if there is none.

    Args:
        directory: where the model was saved.
        config: its configuration.

    Raises:
        ValueError: if the model has another number of tokens.
    """
    if (Path(directory) / "tokenizer.json").is_file():
        tokenizer = GraphMertTokenizer.from_pretrained(
            directory, local_files_only=True
        )
    else:
        tokenizer = GraphMertTokenizer.default()
    if len(tokenizer) != config.vocab_size:
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


@contextmanager
def _quiet() -> Iterator[None]:
    """Let transformers not tell that heads are left out, as they are here."""
    verbosity, has_bar = (
        logging.get_verbosity(),
        logging.is_progress_bar_enabled(),
    )
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if has_bar:
            logging.enable_progress_bar()
