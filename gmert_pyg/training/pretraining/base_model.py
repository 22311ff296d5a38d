"""What a run starts from: another model, and its tokenizer."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from transformers import (
    AutoConfig,
    AutoTokenizer,
    PreTrainedConfig,
    PreTrainedTokenizerFast,
)

from gmert_pyg.nn.configuration import GraphMertConfig
from gmert_pyg.tokenization import GraphMertTokenizer, tokenizer_hash

# What a checkpoint of ours decides unless something else is asked for.
CARRIED_OVER = (
    "hgat",
    "hgat_dropout",
    "hgat_num_bases",
    "decay",
    "decay_mode",
    "occurrence",
    "attention",
    "lambda_mlm",
    "sbo",
)


def read_base(name_or_path: str) -> PreTrainedConfig:
    """Return the configuration of a model to start from.

    Args:
        name_or_path: a folder, or a name on the Hugging Face hub.

    Raises:
        ValueError: if there is none, or if it cannot be fetched.
    """
    try:
        with _quiet_hub():
            config: PreTrainedConfig = AutoConfig.from_pretrained(name_or_path)
    except (OSError, ValueError) as error:
        raise no_base(name_or_path) from error
    return config


@contextmanager
def _quiet_hub() -> Iterator[None]:
    # Without a network, each of its attempts would be a line of its own.
    hub = logging.getLogger("huggingface_hub")
    level = hub.level
    hub.setLevel(logging.ERROR)
    try:
        yield
    finally:
        hub.setLevel(level)


def no_base(name_or_path: str) -> ValueError:
    """Return the error of a model that is not here."""
    if Path(name_or_path).is_dir():
        reason = "a folder without the config.json of an encoder"
    elif Path(name_or_path).exists() or name_or_path.startswith((".", "/")):
        reason = "no such folder"
    else:
        reason = "not in the cache, and the hub does not give it"
    return ValueError(
        "'base_model' must be the folder of an encoder or a name on the hub:"
        " give --base_model PATH, or train its shape by --from_scratch (got"
        f" '{name_or_path}', {reason})"
    )


def carried_over(base: PreTrainedConfig) -> dict[str, Any]:
    """Return the settings that a checkpoint of ours was trained with.

    Args:
        base: the configuration; of any other encoder, there are none.
    """
    if not isinstance(base, GraphMertConfig):
        return {}
    kept = {name: getattr(base, name) for name in CARRIED_OVER}
    losses = (base.leaf_loss, base.relation_loss)
    names = {(True, False): "leaf", (False, True): "relation"}
    return kept | {"mnm": names.get(losses, "both")}


def choose_tokenizer(
    name: str | None, base_model: str | None
) -> PreTrainedTokenizerFast:
    """Return the tokenizer of a run.

    Args:
        name: a folder or hub name. (default: that of the base model)
        base_model: what the model starts from. (default: nothing, and the
            tokenizer is the shipped one)

    Raises:
        ValueError: if there is no such tokenizer, or if it is another one than
            the base model's.
    """
    own = None if base_model is None else _read("base_model", base_model)
    if name is None:
        return own or GraphMertTokenizer.default()
    chosen = _read("tokenizer", name)
    if own is not None and tokenizer_hash(own) != tokenizer_hash(chosen):
        raise ValueError(
            f"'tokenizer' must be that of --base_model '{base_model}': leave"
            f" --tokenizer out (got '{name}')"
        )
    return chosen


def _read(option: str, name: str) -> PreTrainedTokenizerFast:
    try:
        with _quiet_hub():
            tokenizer = AutoTokenizer.from_pretrained(name)
    except (OSError, ValueError) as error:
        raise ValueError(
            f"'{option}' must be a folder or hub name with a tokenizer (got"
            f" '{name}')"
        ) from error
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise ValueError(
            f"'{option}' must have a fast tokenizer (got '{name}' with"
            f" {type(tokenizer).__name__})"
        )
    if len(tokenizer) <= len(tokenizer.all_special_ids):
        # What transformers makes of a configuration alone.
        raise ValueError(
            f"'{option}' must be a folder or hub name with a tokenizer (got"
            f" '{name}', which knows no tokens)"
        )
    if tokenizer.mask_token_id is None:
        raise ValueError(
            f"'{option}' must have a tokenizer with a mask token (got '{name}')"
        )
    return tokenizer
