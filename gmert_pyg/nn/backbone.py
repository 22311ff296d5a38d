"""The encoder of transformers inside a GraphMERT model."""

from __future__ import annotations

import inspect

import torch
from torch import nn
from transformers import AutoModel, PreTrainedConfig, PreTrainedModel

from gmert_pyg.nn.dropout import speed_up_dropout


def build_backbone(config: PreTrainedConfig) -> PreTrainedModel:
    """Build an encoder without a pooler, which would never get a gradient."""
    backbone = AutoModel.from_config(config)
    if getattr(backbone, "pooler", None) is not None:
        backbone.pooler = None
    speed_up_dropout(backbone)
    assert isinstance(backbone, PreTrainedModel)
    return backbone


def position_embedding(backbone: PreTrainedModel) -> nn.Embedding | None:
    """Return the table of absolute positions, if the encoder has one."""
    embeddings = getattr(backbone, "embeddings", None)
    table = getattr(embeddings, "position_embeddings", None)
    return table if isinstance(table, nn.Embedding) else None


def position_offset(backbone: PreTrainedModel) -> int:
    """Return the id of position 0: RoBERTa counts from after its padding."""
    table = position_embedding(backbone)
    if table is None or table.padding_idx is None:
        return 0
    return table.padding_idx + 1


def num_positions(backbone: PreTrainedModel) -> int | None:
    """Return how many positions there are: rotary ones end where it is said."""
    table = position_embedding(backbone)
    if table is None:
        return getattr(backbone.config, "max_position_embeddings", None)
    return table.num_embeddings - position_offset(backbone)


def tells_types_apart(backbone: PreTrainedModel) -> bool:
    """Return whether the encoder has a token type for leaves, the second."""
    embeddings = getattr(backbone, "embeddings", None)
    table = getattr(embeddings, "token_type_embeddings", None)
    return (
        isinstance(table, nn.Embedding)
        and table.num_embeddings >= 2
        and "token_type_ids" in forward_arguments(backbone)
    )


def forward_arguments(backbone: PreTrainedModel) -> frozenset[str]:
    """Return the names of the arguments that the encoder's forward takes."""
    forward = inspect.unwrap(type(backbone).forward)
    return frozenset(inspect.signature(forward).parameters)


def freeze_unused_embeddings(backbone: PreTrainedModel) -> None:
    """Freeze what lies between the token embedding and the encoder.

    Raises:
        ValueError: if the backbone does not divide into embedding and encoder.
    """
    embeddings = getattr(backbone, "embeddings", None)
    if embeddings is None or getattr(backbone, "encoder", None) is None:
        raise ValueError(
            "'position' must be 'anchor' for an encoder without separate "
            f"embeddings (got 'none' and {type(backbone).__name__})"
        )
    for parameter in embeddings.parameters():
        parameter.requires_grad_(False)
    backbone.get_input_embeddings().requires_grad_(True)


def two_token_types(config: PreTrainedConfig) -> PreTrainedConfig:
    """Let a configuration tell roots from leaves, if it has token types."""
    if getattr(config, "type_vocab_size", 2) < 2:
        config.type_vocab_size = 2
    return config


def more_positions(config: PreTrainedConfig, number: int) -> PreTrainedConfig:
    """Let a configuration count more positions.

    Raises:
        ValueError: if it has more already, or no number of them.
    """
    with torch.device("meta"):
        backbone = AutoModel.from_config(config)
    known = num_positions(backbone)
    if known is None or number < known:
        raise ValueError(
            f"'max_positions' must be at least {known}, as many as the "
            f"checkpoint has (got {number})"
        )
    config.max_position_embeddings = number + position_offset(backbone)
    return config
