"""Which attention function a backbone calls."""

from __future__ import annotations

from transformers import PreTrainedModel

from gmert_pyg.nn.attention.names import REGISTERED
from gmert_pyg.nn.attention.probe import CAUSAL, Fitness, fitness
from gmert_pyg.nn.configuration import GraphMertConfig


def select_attention(config: GraphMertConfig) -> bool:
    """Choose our attention for a backbone that is yet to be built.

    Args:
        config (GraphMertConfig): the configuration; a backbone that cannot use
            our attention, and need not, is left its own.

    Returns:
        Whether it is ours.

    Raises:
        ValueError: if the backbone would silently ignore the decay or the
            positions, or if it is no encoder.
    """
    backbone = config.backbone_config
    found = check_choice(config, config.attention)
    if config.position == "anchor" and not found.reads_positions:
        raise ValueError(
            "'backbone_config' must be of an encoder that reads the "
            "'position_ids' it is given, or it would not know the anchor of a "
            f"leaf (got '{backbone.model_type}')"
        )
    is_ours = found.fault is None
    name = REGISTERED[config.attention] if is_ours else None
    backbone._attn_implementation = name
    return is_ours


def check_choice(config: GraphMertConfig, attention: str) -> Fitness:
    """Check that the backbone can compute attention in a form, or need not.

    Args:
        config (GraphMertConfig): the configuration.
        attention (str): a choice of its :obj:`attention`.

    Returns:
        Whether the backbone can call our attention.

    Raises:
        ValueError: if the backbone would silently ignore the decay, or if it
            is no encoder.
    """
    backbone = config.backbone_config
    found = fitness(backbone)
    needs_ours = (
        config.decay
        or config.occurrence == "bias"
        or attention == "flex"  # else nothing would keep graphs apart
    )
    is_decoder = found.fault == CAUSAL or backbone.is_encoder_decoder
    if found.fault is not None and (needs_ours or is_decoder):
        raise ValueError(
            "'backbone_config' must be of an encoder whose attention goes "
            "through transformers' AttentionInterface, or 'decay' be False, "
            "'occurrence' not 'bias' and 'attention' not 'flex': "
            f"{found.fault} (got '{backbone.model_type}')"
        )
    return found


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
