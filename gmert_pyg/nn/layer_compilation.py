"""Compilation of the encoder's layers, one program for all of them."""

from __future__ import annotations

from torch import nn
from transformers.modeling_layers import GradientCheckpointingLayer


def compile_layers(encoder: nn.Module, backend: str = "inductor") -> int:
    """Let `torch.compile` compile the layers of an encoder, not the whole.

    All layers run the same code over weights of the same shapes, so one program
    serves them all: compiling takes the time of one layer, and a batch whose
    number of labels, edges or triples is new compiles nothing again. That
    holds if the layers see one shape, as with :obj:`attention="flex"` and a
    `token_budget`; with padded batches it is a program per shape.

    Args:
        encoder (torch.nn.Module): an encoder of transformers; changed in place.
        backend (str, optional): as of :meth:`torch.compile`.
            (default: :obj:`"inductor"`)

    Returns:
        The number of layers.

    Raises:
        ValueError: if the encoder has no layers as transformers builds them.
    """
    layers = [
        module
        for module in encoder.modules()
        if isinstance(module, GradientCheckpointingLayer)
    ]
    if not layers:
        raise ValueError(
            "'encoder' must have layers of transformers (got "
            f"{type(encoder).__name__})"
        )
    for layer in layers:
        layer.compile(backend=backend, dynamic=False, fullgraph=True)
    return len(layers)
