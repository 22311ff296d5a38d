"""Compiled layers of the encoder."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

from gmert_pyg.nn.attention.names import FLEX
from gmert_pyg.nn.modeling_graphmert import GraphMertModel


def compile_layers(
    model: GraphMertModel,
    backend: str | None = None,
    mode: str | None = None,
) -> int:
    """Compile the layers of the encoder, where they are, and nothing else.

    Layers are alike, so one compilation serves all of them, and they hold
    nearly all the arithmetic. What is around them asks the data how many edges
    and targets there are, which a compiled graph cannot: compiled as a whole,
    the model falls into some twenty pieces. Padded batches have any size, so
    sizes are symbols from the start; packed ones have one size.

    Names of modules and weights stay as they are.

    Args:
        model: the encoder; changed in place.
        backend (str, optional): the compiler. (default: inductor)
        mode (str, optional): what it optimises for. (default: :obj:`None`)

    Returns:
        The number of compiled layers.
    """
    is_packed = model.backbone.config._attn_implementation == FLEX
    layers = list(_layers(model.backbone))
    for layer in layers:
        layer.compile(
            backend=backend or "inductor", mode=mode, dynamic=not is_packed
        )
    return len(layers)


def forget_compiled(model: GraphMertModel) -> None:
    """Undo :meth:`compile_layers`.

    Args:
        model: the encoder; changed in place.
    """
    for layer in _layers(model.backbone):
        layer._compiled_call_impl = None


def _layers(module: nn.Module) -> Iterator[nn.Module]:
    """Yield the blocks of one class that follow each other."""
    for child in module.children():
        if isinstance(child, nn.ModuleList) and len(child):
            yield from child
        else:
            yield from _layers(child)
