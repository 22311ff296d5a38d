"""Weights of the GraphMERT authors' checkpoints, under our names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor
from transformers import RobertaConfig

from gmert_pyg.nn.configuration import GraphMertConfig

ENCODER = "graphmert.graph_encoder."
LAYER = {
    "self_attn.q_proj": "attention.self.query",
    "self_attn.k_proj": "attention.self.key",
    "self_attn.v_proj": "attention.self.value",
    "self_attn.out_proj": "attention.output.dense",
    "self_attn_layer_norm": "attention.output.LayerNorm",
    "fc1": "intermediate.dense",
    "fc2": "output.dense",
    "final_layer_norm": "output.LayerNorm",
}
HEAD = {
    "graphmert.lm_head_transform_weight": "lm_head.transform.0.0",
    "graphmert.layer_norm": "lm_head.transform.0.2",
    "lm_head.dense": "lm_head.transform.1.0",
    "lm_head.layer_norm": "lm_head.transform.1.2",
}


def authors_config(config: Mapping[str, Any]) -> GraphMertConfig:
    """Translate the authors' configuration.

    Their relations are 1..R, and 0 stands for none: R + 1 relations here.

    Raises:
        ValueError: if a setting is missing.
    """
    try:
        backbone = RobertaConfig(
            vocab_size=config["vocab_size"],
            hidden_size=config["hidden_size"],
            num_hidden_layers=config["num_hidden_layers"],
            num_attention_heads=config["num_attention_heads"],
            intermediate_size=config["intermediate_size"],
            hidden_act=config.get("activation", "gelu"),
            layer_norm_eps=config.get("layer_norm_eps", 1e-5),
            max_position_embeddings=1,
            type_vocab_size=1,
            pad_token_id=0,
        )
        return GraphMertConfig(
            backbone_config=backbone,
            num_relations=config["num_relations"] + 1,
            decay_base=config["exp_mask_base"],
            distance_shift=1,
            position="none",
            num_transform_layers=2,
            tie_word_embeddings=False,
        )
    except KeyError as error:
        raise ValueError(
            f"'config' must have {error} (got {sorted(config)})"
        ) from error


def translate_state_dict(
    state_dict: Mapping[str, Tensor], config: GraphMertConfig
) -> dict[str, Tensor]:
    """Rename and reshape the authors' weights.

    Raises:
        ValueError: if a weight is missing or of a wrong shape.
    """
    source = {
        name.removeprefix("weights."): value
        for name, value in state_dict.items()
    }
    try:
        return dict(_translated(source, config))
    except (KeyError, RuntimeError) as error:
        raise ValueError(
            f"'state_dict' must be of a GraphMERT model that fits 'config' "
            f"(got {error})"
        ) from error


def _translated(
    source: Mapping[str, Tensor], config: GraphMertConfig
) -> Iterator[tuple[str, Tensor]]:
    size = config.hidden_size
    features = ENCODER + "graph_node_feature."
    yield (
        "graphmert.backbone.embeddings.word_embeddings.weight",
        source[features + "atom_encoder.weight"],
    )
    matrices = source[features + "relation_matrix_encoder.weight"]
    yield "graphmert.hgat.weight", _with_mask(matrices.view(-1, size, size))
    vectors = source[features + "relation_encoder.weight"].view(-1, size, 2)
    yield "graphmert.hgat.att_dst", _with_mask(vectors[..., 0])
    yield "graphmert.hgat.att_src", _with_mask(vectors[..., 1])
    yield "graphmert.decay_offset", source[ENCODER + "sp"].flatten()
    pairs = {
        f"{ENCODER}layers.{layer}.{theirs}": (
            f"graphmert.backbone.encoder.layer.{layer}.{ours}"
        )
        for layer in range(config.num_hidden_layers)
        for theirs, ours in LAYER.items()
    } | HEAD
    for theirs, ours in pairs.items():
        for part in ("weight", "bias"):
            yield f"{ours}.{part}", source[f"{theirs}.{part}"]
    yield "lm_head.decoder.weight", source["lm_head.decoder.weight"]
    yield "lm_head.bias", source["lm_head.bias"]


def _with_mask(table: Tensor) -> Tensor:
    # The authors mask no relations: ours starts as their "none", zero.
    return torch.cat([table, torch.zeros_like(table[:1])])
