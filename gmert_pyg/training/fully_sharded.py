"""Weights that are divided over ranks: what FSDP2 needs to know of ours."""

from __future__ import annotations

from typing import Any, cast

from torch import Tensor
from torch.distributed.fsdp import FSDPModule
from torch.distributed.tensor import DTensor
from transformers import (
    PreTrainedModel,
    TrainerCallback,
    TrainerControl,
    TrainerState,
)
from transformers import TrainingArguments as Arguments


def whole(parameter: Tensor) -> Tensor:
    """Return a parameter's values, without gradient.

    Of one that is divided over ranks, all ranks must ask at the same time.
    """
    values = parameter.detach()
    if isinstance(values, DTensor):
        return cast(Tensor, values.full_tensor())
    return values


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
