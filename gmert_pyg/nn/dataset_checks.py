"""Whether a model and its data mean the same by their numbers."""

from __future__ import annotations

from transformers import PreTrainedTokenizerFast

from gmert_pyg.nn.configuration import GraphMertConfig
from gmert_pyg.schema import Schema
from gmert_pyg.tokenization import tokenizer_hash


def check_schema(config: GraphMertConfig, schema: Schema) -> None:
    """Check that a model means by its edge types what a schema means.

    Args:
        config: the configuration; one without a schema must have as many
            relations.
        schema: the schema.

    Raises:
        ValueError: if it does not.
    """
    known = config.schema
    if known is None and config.num_relations == schema.num_relations:
        return
    if known is not None and Schema.from_dict(known) == schema:
        return
    found = (
        f"{config.num_relations} relations"
        if known is None
        else f"'{known['name']}', version {known['version']}"
    )
    raise ValueError(
        f"'model' must have been made for schema '{schema.name}', version"
        f" {schema.version} (got {found})"
    )


def check_tokenizer(
    config: GraphMertConfig, tokenizer: PreTrainedTokenizerFast
) -> None:
    """Check that a model knows the token ids of a tokenizer.

    Args:
        config: the configuration; one that does not know its tokenizer must
            have as many tokens.
        tokenizer: the tokenizer.

    Raises:
        ValueError: if it does not.
    """
    number, found = len(tokenizer), tokenizer_hash(tokenizer)
    known = config.tokenizer_hash
    if known is not None and known != found:
        raise ValueError(
            f"'model' must have been made for tokenizer '{found}', {number}"
            f" tokens (got '{known}', {config.vocab_size} tokens)"
        )
    if known is None and config.vocab_size != number:
        raise ValueError(
            f"'model' must have the vocabulary of the tokenizer, {number}"
            f" tokens (got {config.vocab_size})"
        )
