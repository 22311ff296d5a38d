"""Reading the attention weights of a backbone, layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn
from transformers import PreTrainedModel

from gmert_pyg.nn.attention.names import EAGER


@contextmanager
def recorded_weights(
    backbone: PreTrainedModel,
    encoder: nn.Module,
    record_weights: Callable[[Tensor], None],
) -> Iterator[None]:
    r"""Within the context, pass the attention weights of every layer on.

    Fused kernels have no weights to give: the backbone calls the reference
    form meanwhile, and what it called before afterwards, also after an error.

    Args:
        backbone (PreTrainedModel): the encoder.
        encoder (torch.nn.Module): the backbone, or the part of it that is
            called.
        record_weights (callable): receives the weights.

    Shapes:
        - **weights:** :math:`(B, H, L, L)`, once per layer

    Raises:
        ValueError: if the attention of the backbone cannot be exchanged.
    """
    if not backbone._can_set_attn_implementation():
        raise ValueError(
            "'backbone' must be an encoder whose attention goes through "
            "transformers' AttentionInterface, or its weights cannot be read "
            f"(got {type(backbone).__name__})"
        )

    def add_argument(
        module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return args, kwargs | {"record_weights": record_weights}

    chosen = backbone.config._attn_implementation
    hook = encoder.register_forward_pre_hook(add_argument, with_kwargs=True)
    try:
        backbone.set_attn_implementation(EAGER)
        yield
    finally:
        hook.remove()
        backbone.set_attn_implementation(chosen)
