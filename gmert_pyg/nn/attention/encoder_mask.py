"""The mask that a backbone gets for its attention."""

from __future__ import annotations

from torch import Tensor
from transformers import PreTrainedConfig

FULL, LOCAL = "full_attention", "sliding_attention"


def encoder_mask(
    config: PreTrainedConfig,
    mask: Tensor | None,
    anchor: Tensor,
    query: Tensor | None = None,
) -> Tensor | dict[str, Tensor | None] | None:
    r"""Tell which keys a query may attend to, per kind of layer.

    A local layer (ModernBERT has some) attends within a window. Left to itself
    it would count places in the sequence, where a leaf stands far from its
    anchor: here the window is one of chain positions,
    :math:`|a_u - a_v| \leq w`.

    Args:
        config (PreTrainedConfig): the configuration of the backbone.
        mask (Tensor, optional): where a node stands, if there is padding.
        anchor (Tensor): the chain positions :math:`a`.
        query (Tensor, optional): the query that a node belongs to, 0 for none;
            nodes of a query are seen by that query alone.
            (default: :obj:`None`)

    Returns:
        The mask of all layers, or one per kind of layer if some are local.

    Shapes:
        - **input:** :math:`(B, L)` each
        - **output:** :math:`(B, 1, 1, L)`, of local layers and with queries
          :math:`(B, 1, L, L)`
    """
    full = None if mask is None else mask[:, None, None, :]
    if query is not None:
        seen = query[:, None, None, :]
        visible = (seen == 0) | (seen == query[:, None, :, None])
        full = visible if full is None else visible & full
    window = local_window(config)
    if window is None:
        return full
    apart = (anchor[:, None, :, None] - anchor[:, None, None, :]).abs()
    local = apart <= window
    return {FULL: full, LOCAL: local if full is None else local & full}


def local_window(config: PreTrainedConfig) -> int | None:
    """Return how far local layers attend, None if there are none."""
    if LOCAL not in (getattr(config, "layer_types", None) or ()):
        return None
    return int(config.sliding_window)
