"""The norms of the gradients of every part of a model."""

from __future__ import annotations

import re
from collections import defaultdict

import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor
from torch.nn.utils import get_total_norm

from gmert_pyg.nn.parameter_groups import ATTENTION_SCALARS

_LAYER = re.compile(r"\.layers?\.(\d+)\.")
# What wrappers for compilation and for sharding add to names.
_WRAPPERS = re.compile(r"(_orig_mod|_fsdp_wrapped_module)\.")


def part_of(name: str) -> str:
    """Return the part of a model that a parameter belongs to.

    A decoder that is tied to the token embedding is a part of that.

    Args:
        name: the name of the parameter.

    Example:
        >>> part_of("graphmert.backbone.encoder.layer.3.output.dense.weight")
        'layer_3'
        >>> part_of("graphmert.slot_embedding.weight"), part_of("lm_head.bias")
        ('embeddings', 'lm_head')
    """
    name = _WRAPPERS.sub("", name)
    parts = name.split(".")
    if parts[-1] in ATTENTION_SCALARS:
        return "attention_scalars"
    if parts[0] != "graphmert":
        return parts[0]
    if parts[1] == "hgat":
        return "hgat"
    layer = _LAYER.search(name)
    if layer is not None:
        return f"layer_{int(layer[1])}"
    return "embeddings" if "embedding" in name else "encoder"


class GradientNorms:
    r"""The norm :math:`\sqrt{\sum_{i \in P} \Vert \mathbf{g}_i \Vert^2}` of the
    gradients of every part :math:`P`: embeddings, H-GAT, each layer of the
    encoder, each head, and the scalars of attention.

    Args:
        model (torch.nn.Module): the model, outside of any wrapper.

    Example:
        >>> model = nn.ModuleDict({"lm_head": nn.Linear(1, 2, bias=False)})
        >>> norms = GradientNorms(model)
        >>> model["lm_head"](torch.tensor([3.0])).sum().backward()
        >>> norms.measure()
        >>> norms(), norms()
        ({'grad_norm/lm_head': 4.242640495300293}, {})
    """

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.measured: dict[str, Tensor] = {}

    @torch.no_grad()
    def measure(self, scale: float = 1.0) -> None:
        """Measure the gradients as they are now, without waiting for the
        device: before they are clipped, if it is called before.

        Where parameters are sharded over processes, all are to call this.

        Args:
            scale: what the loss was multiplied by, for float16.
                (default: :obj:`1.0`)
        """
        # Sharding makes other parameters of them, so they are looked up anew.
        gradients: dict[str, list[Tensor]] = defaultdict(list)
        for name, parameter in self.model.named_parameters():
            if parameter.grad is not None:
                gradients[part_of(name)].append(parameter.grad)
        for part, members in gradients.items():
            norm = get_total_norm(members)
            if isinstance(norm, DTensor):
                norm = norm.full_tensor()
            self.measured[part] = norm / scale

    def __call__(self) -> dict[str, float]:
        """Return what was measured last, and forget it."""
        if not self.measured:
            return {}
        parts, norms = zip(*self.measured.items(), strict=True)
        values = torch.stack([norm.float() for norm in norms]).tolist()
        self.measured = {}
        return {
            f"grad_norm/{part}": value
            for part, value in zip(parts, values, strict=True)
        }
