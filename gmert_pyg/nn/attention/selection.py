"""Which attention function a backbone calls."""

from __future__ import annotations

from torch import nn
from transformers import PreTrainedModel

from gmert_pyg.nn.attention.names import REGISTERED


def select_attention(backbone: PreTrainedModel, choice: str) -> None:
    """Make a backbone call our attention.

    Args:
        backbone (PreTrainedModel): the encoder.
        choice (str): the configuration's `attention`.

    Raises:
        ValueError: if the backbone ignores the choice of an attention function.
    """
    if not backbone._can_set_attn_implementation():
        refuse(backbone)
    backbone.set_attn_implementation(REGISTERED[choice])


def refuse(backbone: nn.Module) -> None:
    """Refuse a backbone that would silently ignore the decay.

    Raises:
        ValueError: always.
    """
    raise ValueError(
        "'backbone_config' must be of an encoder whose attention goes through "
        "transformers' AttentionInterface, or 'decay' be False "
        f"(got {type(backbone).__name__})"
    )


def check_attention(backbone: PreTrainedModel) -> None:
    """Check that the backbone has not been set to another function since.

    Raises:
        ValueError: if its attention function would ignore the decay.
    """
    chosen = backbone.config._attn_implementation
    ours = tuple(REGISTERED.values())
    if chosen not in ours:
        raise ValueError(
            f"'attn_implementation' must be one of {ours}, others ignore the "
            f"decay (got '{chosen}')"
        )
