"""Weights that are divided over ranks: what FSDP2 needs to know of ours."""

from __future__ import annotations

from typing import Any

import torch
from accelerate import FullyShardedDataParallelPlugin
from torch import Tensor, nn
from torch.distributed.fsdp import FSDPModule
from torch.distributed.tensor import DTensor
from transformers import (
    PreTrainedModel,
    TrainerCallback,
    TrainerControl,
    TrainerState,
)
from transformers import TrainingArguments as Arguments


def whole(tensor: Tensor) -> Tensor:
    """Return a tensor that may be divided over ranks, detached.

    Of one that is, all ranks must ask at the same time.
    """
    values = tensor.detach()
    if isinstance(values, DTensor):
        return values.full_tensor()
    return values


def local_part(tensor: Tensor) -> Tensor:
    """Return what this rank holds of a tensor that may be divided."""
    if isinstance(tensor, DTensor):
        return tensor.to_local()
    return tensor


def set_up_sharding(
    plugin: FullyShardedDataParallelPlugin, model: PreTrainedModel
) -> None:
    """Choose which modules are divided as one, if nobody has.

    The layers of the encoder; by default, accelerate takes the module of its
    embeddings too, though the model calls the token embedding on its own.

    Args:
        plugin: what accelerate was asked for.
        model: the model, not yet divided.

    Raises:
        ValueError: if the first version of FSDP is asked for, which flattens
            parameters: what decays could not be told from what does not.
    """
    if plugin.fsdp_version != 2:
        raise ValueError(
            "'fsdp_config' must ask for version 2, as must accelerate's"
            f" 'fsdp_version' (got {plugin.fsdp_version})"
        )
    if plugin.transformer_cls_names_to_wrap is None:
        embedding = model.get_input_embeddings()
        undivided = set(model._no_split_modules or ())
        around = {
            type(module).__name__
            for module in model.modules()
            if any(child is embedding for child in module.children())
        }
        plugin.transformer_cls_names_to_wrap = sorted(undivided - around)


def place_undivided(model: nn.Module, device: torch.device) -> None:
    """Put a model on its device that is not divided before it trains."""
    if not isinstance(model, FSDPModule):
        model.to(device)


class KeepEmbeddingWhole(TrainerCallback):
    """Keeps the token embedding gathered from its use to the heads.

    accelerate divides the embedding on its own, and gives it up as soon as its
    own forward pass is over. The heads read the same weights, since they are
    tied, but are no module that accelerate knows of.
    """

    def on_train_begin(
        self,
        args: Arguments,
        state: TrainerState,
        control: TrainerControl,
        model: PreTrainedModel | None = None,
        **kwargs: Any,
    ) -> None:
        """Change what FSDP2 does after the embedding, if it divides it."""
        if model is None or not model.config.tie_word_embeddings:
            return
        embedding: object = model.get_input_embeddings()
        if isinstance(embedding, FSDPModule):
            embedding.set_reshard_after_forward(False)
