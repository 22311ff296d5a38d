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
    number = schema.num_relations
    wanted = f"'{schema.name}', version {schema.version}"
    if config.schema is None:
        if config.num_relations == number:
            return
        wanted = f"{wanted}, {number} relations"
        found = f"{config.num_relations} relations"
    else:
        known = Schema.from_dict(config.schema)
        if known == schema:
            return
        found = f"'{known.name}', version {known.version}"
        if found == wanted:
            wanted = f"{wanted}, of {_edge_types(schema)}"
            found = f"one of that name and version, of {_edge_types(known)}"
    raise ValueError(
        f"'model' must have been made for schema {wanted} (got {found})"
    )


def _edge_types(schema: Schema) -> str:
    return ", ".join((*schema.relation_names, *schema.occurrences))


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
