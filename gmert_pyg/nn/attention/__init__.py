"""Attention functions that let distance damp attention.

Importing them registers them with transformers, so that any encoder which calls
its attention through the `AttentionInterface` can be a GraphMERT backbone.
"""

from transformers import AttentionInterface
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

from gmert_pyg.nn.attention.eager import eager_attention
from gmert_pyg.nn.attention.flex import flex_attention
from gmert_pyg.nn.attention.names import EAGER, FLEX, PROBE, SDPA
from gmert_pyg.nn.attention.probe import probe_attention
from gmert_pyg.nn.attention.sdpa import sdpa_attention

for _name, _function in (
    (EAGER, eager_attention),
    (SDPA, sdpa_attention),
    (PROBE, probe_attention),
):
    AttentionInterface.register(_name, _function)
    # Without a mask function of the same name, padding is silently attended to.
    AttentionMaskInterface.register(_name, sdpa_mask)

# Flex has block masks of its own: not even a local layer gets a dense one.
AttentionInterface.register(FLEX, flex_attention)
AttentionMaskInterface.register(FLEX, lambda *args, **kwargs: None)

__all__ = [
    "EAGER",
    "FLEX",
    "SDPA",
    "eager_attention",
    "flex_attention",
    "sdpa_attention",
]
