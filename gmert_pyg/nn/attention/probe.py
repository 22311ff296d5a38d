"""Whether an encoder calls our attention: a dry run without data."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from transformers import (
    AutoConfig,
    AutoModel,
    PreTrainedConfig,
    PreTrainedModel,
)

from gmert_pyg.nn.attention.encoder_mask import encoder_mask
from gmert_pyg.nn.attention.names import PROBE
from gmert_pyg.nn.backbone import forward_arguments

LENGTH = 2

# What the code of a foreign encoder fails with when it is fed as ours are.
FAILURES = (
    AttributeError,
    LookupError,
    NotImplementedError,
    RuntimeError,
    TypeError,
    ValueError,
)
CAUSAL = "its attention is causal"


def probe_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    probe_calls: list[str | None] | None = None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """Note what is wrong with a call of attention, and compute none."""
    if probe_calls is not None:
        probe_calls.append(_fault(module, attention_mask))
    return value.transpose(1, 2).contiguous(), None


@dataclass(frozen=True)
class Fitness:
    """Whether an encoder can be a backbone.

    Args:
        fault: why it cannot use our attention, or None if it can.
        reads_positions: whether it looks at the positions it is given.
    """

    fault: str | None = None
    reads_positions: bool = True


def fitness(config: PreTrainedConfig) -> Fitness:
    """Tell whether an encoder can be a backbone.

    One layer is built without storage and run on two tokens that hold nothing.
    It must call the registered function (many an encoder accepts one and calls
    its own), pass on what our functions get besides, leave the mask as it is,
    and not be causal.

    Args:
        config (PreTrainedConfig): the configuration of the encoder.
    """
    if config.is_encoder_decoder:
        return Fitness("it is an encoder with a decoder")
    return _fitness(config.model_type, config.to_json_string())


@lru_cache(maxsize=64)
def _fitness(model_type: str, changes: str) -> Fitness:
    settings = json.loads(changes)
    settings.pop("model_type", None)
    config = AutoConfig.for_model(model_type, **settings)
    config._attn_implementation = PROBE
    try:
        config.num_hidden_layers = 1
        faults, reads_positions = _dry_run(config)
    except FAILURES as error:
        return Fitness(f"it does not run on embeddings and a mask: {error}")
    if not faults:
        return Fitness("its attention never calls ours", reads_positions)
    fault = next((fault for fault in faults if fault is not None), None)
    return Fitness(fault, reads_positions)


def _dry_run(config: PreTrainedConfig) -> tuple[list[str | None], bool]:
    calls: list[str | None] = []
    with torch.device("meta"), torch.no_grad():
        backbone = AutoModel.from_config(config)
        assert isinstance(backbone, PreTrainedModel)
        backbone.eval()
        size = next(backbone.get_input_embeddings().parameters()).size(1)
        place, types = torch.zeros(2, 1, LENGTH, dtype=torch.long)
        optional = {"position_ids": place, "token_type_ids": types}
        taken = forward_arguments(backbone) & optional.keys()
        with _Watch(place) as watch:
            out = backbone(
                inputs_embeds=torch.zeros(
                    1, LENGTH, size, dtype=backbone.dtype
                ),
                attention_mask=encoder_mask(config, types == 0, types),
                probe_calls=calls,
                **{name: optional[name] for name in taken},
            )
    if tuple(out[0].shape) != (1, LENGTH, config.hidden_size):
        calls.append(f"it returns states of shape {tuple(out[0].shape)}")
    return calls, watch.was_read


class _Watch(TorchDispatchMode):
    """Notes whether any operation reads a tensor."""

    def __init__(self, tensor: Tensor) -> None:
        super().__init__()
        self.tensor, self.was_read = tensor, False

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        self.was_read |= any(
            value is self.tensor for value in tree_leaves((args, kwargs))
        )
        return func(*args, **(kwargs or {}))


def _fault(module: nn.Module, mask: Tensor | None) -> str | None:
    if getattr(module, "is_causal", False):
        return CAUSAL
    rows = {(1, 1, rows, LENGTH) for rows in (1, LENGTH)}
    if mask is None or tuple(mask.shape) not in rows:
        return "it changes the mask of its attention"
    return None
