"""The weights of an encoder's checkpoint, put where a model has them."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor, nn
from transformers import (
    MODEL_FOR_MASKED_LM_MAPPING,
    AutoModel,
    AutoModelForMaskedLM,
    PreTrainedConfig,
    PreTrainedModel,
)

from gmert_pyg.nn.backbone import position_offset
from gmert_pyg.nn.backbone_report import (
    COPIED,
    NEW,
    SKIPPED,
    BackboneReport,
    WeightFate,
)
from gmert_pyg.nn.checkpoint_loading import listed, load_whole

# Dense layer, normalisation and bias of the vocabulary of the known MLM heads.
MLM_HEADS = (
    ("lm_head.dense", "lm_head.layer_norm", "lm_head.bias"),
    (
        "cls.predictions.transform.dense",
        "cls.predictions.transform.LayerNorm",
        "cls.predictions.bias",
    ),
    (
        "cls.predictions.transform.dense",
        "cls.predictions.transform.layer_norm",
        "cls.predictions.bias",
    ),
    ("head.dense", "head.norm", "decoder.bias"),
    ("vocab_transform", "vocab_layer_norm", "vocab_projector.bias"),
    (
        "generator_predictions.dense",
        "generator_predictions.LayerNorm",
        "generator_lm_head.bias",
    ),
    ("predictions.dense", "predictions.LayerNorm", "predictions.bias"),
)
POSITIONS = "position_embeddings.weight"
REPEATED = {
    POSITIONS: "the learned positions repeat",
    "token_type_embeddings.weight": "the leaf type starts as the first",
}


@dataclass(frozen=True)
class EncoderWeights:
    """The weights of a checkpoint.

    Args:
        state: all of them, by name, without those that stand for others.
        prefix: what the names of the encoder's start with.
        head: our names of the MLM head's weights, with their own names.
        unread: the names of those that no class reads, with shapes if known.
    """

    state: dict[str, Tensor]
    prefix: str
    head: dict[str, str]
    unread: dict[str, tuple[int, ...] | None]


def read_encoder(name_or_path: Any, config: PreTrainedConfig) -> EncoderWeights:
    """Read an encoder, and its MLM head if the checkpoint has one.

    Raises:
        ValueError: if the checkpoint is damaged.
    """
    has_head = type(config) in MODEL_FOR_MASKED_LM_MAPPING
    loader = AutoModelForMaskedLM if has_head else AutoModel
    source, found = load_whole(loader.from_pretrained, name_or_path)
    is_base = source.base_model is source
    prefix = "" if is_base else f"{source.base_model_prefix}."
    missing = set(found["missing_keys"])
    lost = [
        name
        for name in sorted(missing)
        if name.startswith(prefix) and not name.startswith(f"{prefix}pooler.")
    ]
    if lost:
        raise ValueError(
            "'name_or_path' must hold every weight of the encoder "
            f"(got '{name_or_path}': no {listed(lost)})"
        )
    state = source.state_dict()
    head = {} if is_base else _head_names(source, state.keys() - missing)
    absent = missing | (source.all_tied_weights_keys.keys() - head.values())
    shapes = _stored_shapes(name_or_path)
    return EncoderWeights(
        {name: state[name] for name in state if name not in absent},
        prefix,
        head,
        {name: shapes.get(name) for name in found["unexpected_keys"]},
    )


@torch.no_grad()
def copy_weights(
    source: EncoderWeights, model: PreTrainedModel
) -> BackboneReport:
    """Copy what fits, and tell what became of every weight.

    Raises:
        ValueError: if the encoder of the model has a weight that the
            checkpoint has not, or has in another shape.
    """
    is_base = model.base_model is model
    own = "backbone." if is_base else f"{model.base_model_prefix}.backbone."
    backbone = model.base_model.get_submodule("backbone")
    assert isinstance(backbone, PreTrainedModel)
    offset = position_offset(backbone)
    # Of several transform layers, none is that of the checkpoint's head.
    one_layer = model.config.num_transform_layers == 1
    fates, used = [], set()
    for name, parameter in model.named_parameters():
        is_transform = name.startswith("lm_head.transform.")
        theirs = source.head.get(name, name)
        if name.startswith(own):
            theirs = source.prefix + name.removeprefix(own)
            note = _copy(theirs, source.state.get(theirs), parameter, offset)
        elif (one_layer or not is_transform) and _fits(
            source.state.get(theirs), parameter
        ):
            parameter.copy_(source.state[theirs])
            note = f"from {theirs}"
        else:
            note = _start(name, parameter)
            fates.append(WeightFate(name, tuple(parameter.shape), NEW, note))
            continue
        used.add(theirs)
        fates.append(WeightFate(name, tuple(parameter.shape), COPIED, note))
    left = {n: tuple(v.shape) for n, v in source.state.items()} | source.unread
    tied = source.head.get("lm_head.decoder.weight")
    for name in sorted(left.keys() - used - {tied}):
        fates.append(WeightFate(name, left[name], SKIPPED))
    return BackboneReport(tuple(fates))


def _copy(
    name: str, value: Tensor | None, parameter: nn.Parameter, offset: int
) -> str:
    """Copy a weight of the encoder, rows repeated where there are more."""
    note = ""
    for end, meaning in REPEATED.items():
        if value is None or not name.endswith(end):
            continue
        more = parameter.size(0) - value.size(0)
        if more > 0:
            first = offset if name.endswith(POSITIONS) else 0
            rows = torch.arange(parameter.size(0) - first)
            rows = first + rows % (value.size(0) - first)
            value = torch.cat([value[:first], value[rows]])
            note = f"{more} rows new: {meaning}"
    if value is None or value.shape != parameter.shape:
        raise ValueError(
            f"'name_or_path' must have '{name}' of shape "
            f"{tuple(parameter.shape)} "
            f"(got {None if value is None else tuple(value.shape)})"
        )
    parameter.copy_(value)
    return note


def _fits(value: Tensor | None, parameter: nn.Parameter) -> bool:
    return value is not None and value.shape == parameter.shape


def _start(name: str, parameter: nn.Parameter) -> str:
    if name.endswith("type_embedding.weight"):
        # The encoder should first see what it was trained on.
        parameter.zero_()
        return "starts at zero"
    return ""


def _head_names(source: PreTrainedModel, present: Set[str]) -> dict[str, str]:
    """Return our name of every weight of an MLM head, with its own."""
    names: dict[str, str] = {}
    for dense, norm, bias in MLM_HEADS:
        pairs = {
            "lm_head.transform.0.0.weight": f"{dense}.weight",
            "lm_head.transform.0.0.bias": f"{dense}.bias",
            "lm_head.transform.0.2.weight": f"{norm}.weight",
            "lm_head.transform.0.2.bias": f"{norm}.bias",
            "lm_head.bias": bias,
        }
        if {f"{dense}.weight", f"{norm}.weight"} <= present:
            names = {ours: own for ours, own in pairs.items() if own in present}
    decoder = source.get_output_embeddings()
    for name, module in source.named_modules():
        if module is decoder and f"{name}.weight" in present:
            names["lm_head.decoder.weight"] = f"{name}.weight"
    return names


def _stored_shapes(name_or_path: Any) -> dict[str, tuple[int, ...]]:
    path = Path(name_or_path, "model.safetensors")
    if not path.is_file():
        return {}
    with safe_open(path, "pt") as file:
        names = list(file.keys())
        return {n: tuple(file.get_slice(n).get_shape()) for n in names}
