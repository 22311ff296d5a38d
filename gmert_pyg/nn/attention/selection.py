"""Which attention function a backbone calls."""

from __future__ import annotations

from torch import nn
from transformers import PreTrainedModel

from gmert_pyg.nn.attention.names import EAGER, SDPA


def select_attention(backbone: PreTrainedModel, requested: str | None) -> None:
    """Make a backbone call our attention; it is not stored in a config.json.

    Raises:
        ValueError: if the backbone ignores the choice of an attention function.
    """
    if not backbone._can_set_attn_implementation():
        refuse(backbone)
    name = requested if requested in (EAGER, SDPA) else EAGER
    backbone.set_attn_implementation(name)


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
    if chosen not in (EAGER, SDPA):
        raise ValueError(
            f"'attn_implementation' must be '{EAGER}' or '{SDPA}', others "
            f"ignore the decay (got '{chosen}')"
        )
