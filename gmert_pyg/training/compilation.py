"""Compiled layers of the encoder."""

from __future__ import annotations

from collections.abc import Iterator

from accelerate import Accelerator
from accelerate.utils import DynamoBackend
from torch import nn
from transformers import TrainingArguments

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


def compile_if_asked(
    model: GraphMertModel, args: TrainingArguments, accelerator: Accelerator
) -> None:
    """Compile the layers if `torch_compile` says so, and keep accelerate from
    compiling the model as a whole.

    Args:
        model: the encoder; changed in place. Layers that another Trainer has
            compiled become plain again first.
        args: the arguments of training.
        accelerator: what prepares the model for training.
    """
    for layer in _layers(model.backbone):
        layer._compiled_call_impl = None
    if args.torch_compile:
        accelerator.state.dynamo_plugin.backend = DynamoBackend.NO
        compile_layers(
            model, args.torch_compile_backend, args.torch_compile_mode
        )


def _layers(module: nn.Module) -> Iterator[nn.Module]:
    """Yield the blocks of one class that follow each other."""
    for child in module.children():
        if isinstance(child, nn.ModuleList) and len(child):
            yield from child
        else:
            yield from _layers(child)
