"""From what a run was told of its model to the model."""

from __future__ import annotations

from typing import Any

from torch import nn
from transformers import PreTrainedTokenizerFast

from gmert_pyg.nn.configuration import GraphMertConfig
from gmert_pyg.nn.dataset_checks import check_schema, check_tokenizer
from gmert_pyg.nn.modeling_graphmert import GraphMertModel
from gmert_pyg.nn.pretrained_model import encoder_config
from gmert_pyg.nn.pretraining import GraphMertForPreTraining
from gmert_pyg.nn.residual_start import damp_residual_branches
from gmert_pyg.schema import Schema
from gmert_pyg.tokenization import tokenizer_hash
from gmert_pyg.training.pretraining.arguments import (
    ModelArguments,
    ObjectiveArguments,
)
from gmert_pyg.training.pretraining.base_model import read_base


def model_settings(
    model: ModelArguments, objectives: ObjectiveArguments, schema: Schema
) -> dict[str, Any]:
    """Return the arguments of :class:`GraphMertConfig` that a run decides."""
    settings: dict[str, Any] = {
        "schema": schema.to_dict(),
        "hgat": model.hgat,
        "hgat_dropout": model.hgat_dropout,
        "hgat_num_bases": model.hgat_num_bases,
        "decay": model.decay,
        "occurrence": model.occurrence,
        "attention": model.attention,
        "lambda_mlm": objectives.lambda_mlm,
        "sbo": objectives.span_boundaries,
        "leaf_loss": objectives.leaf_loss,
        "relation_loss": objectives.relation_loss,
    }
    if model.decay_mode is not None:
        settings["decay_mode"] = model.decay_mode
    return settings


def model_config(
    model: ModelArguments,
    objectives: ObjectiveArguments,
    schema: Schema,
    tokenizer: PreTrainedTokenizerFast,
) -> GraphMertConfig:
    """Return the configuration of a run's model, before any weight is read.

    Args:
        model: the model that was asked for.
        objectives: what it is trained on.
        schema: the relations.
        tokenizer: the tokens.

    Raises:
        ValueError: if an argument is out of its range, or if the base model
            has another schema or tokenizer.
    """
    settings = model_settings(model, objectives, schema)
    if model.base_model is None:
        return _new_config(model, settings, tokenizer)
    base = read_base(model.base_model)
    if isinstance(base, GraphMertConfig):
        check_schema(base, schema)
        check_tokenizer(base, tokenizer)
        return base
    return encoder_config(base, tokenizer, settings)


def _new_config(
    model: ModelArguments,
    settings: dict[str, Any],
    tokenizer: PreTrainedTokenizerFast,
) -> GraphMertConfig:
    width = model.hidden_size
    if width % model.num_attention_heads:
        raise ValueError(
            "'hidden_size' must be a multiple of num_attention_heads,"
            f" {model.num_attention_heads} (got {width})"
        )
    dropout = 0.1 if model.dropout is None else model.dropout
    if model.max_positions is not None:
        # RoBERTa counts positions from after its padding token.
        first = tokenizer.pad_token_id + 1
        settings["max_position_embeddings"] = first + model.max_positions
    return GraphMertConfig.base(
        vocab_size=len(tokenizer),
        num_hidden_layers=model.num_hidden_layers,
        hidden_size=width,
        num_attention_heads=model.num_attention_heads,
        intermediate_size=model.intermediate_size or 4 * width,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
        pad_token_id=tokenizer.pad_token_id,
        mask_token_id=tokenizer.mask_token_id,
        tokenizer_hash=tokenizer_hash(tokenizer),
        **settings,
    )


def build_model(
    model: ModelArguments,
    objectives: ObjectiveArguments,
    schema: Schema,
    tokenizer: PreTrainedTokenizerFast,
) -> GraphMertForPreTraining:
    """Return the model of a run, with its first weights.

    Args:
        model: the model that was asked for.
        objectives: what it is trained on.
        schema: the relations.
        tokenizer: the tokens.

    Raises:
        ValueError: if an argument is out of its range, or if the weights of
            the base model do not fit.
    """
    config = model_config(model, objectives, schema, tokenizer)
    settings = model_settings(model, objectives, schema)
    built: GraphMertForPreTraining
    if model.base_model is None:
        built = GraphMertForPreTraining(config)
        damp_residual_branches(built.graphmert.backbone, model.residual_scale)
    elif isinstance(read_base(model.base_model), GraphMertConfig):
        del settings["schema"]
        built = GraphMertForPreTraining.from_pretrained(
            model.base_model, **settings
        )
    else:
        built = GraphMertForPreTraining.from_backbone(
            model.base_model,
            max_positions=model.max_positions,
            tokenizer=tokenizer,
            **settings,
        )
    if model.dropout is not None:
        set_dropout(built, model.dropout)
    if not objectives.leaves:
        freeze_leaf_embeddings(built.graphmert)
    return built


def freeze_leaf_embeddings(model: GraphMertModel) -> None:
    """Freeze the embeddings that roots have no use for.

    Args:
        model: the encoder; changed in place.
    """
    for embedding in (model.slot_embedding, model.type_embedding):
        if embedding is not None:
            embedding.requires_grad_(False)


def set_dropout(model: GraphMertForPreTraining, rate: float) -> None:
    """Set the dropout of states and of attention weights of an encoder.

    Args:
        model: the model; changed in place.
        rate: the new rate.

    Raises:
        ValueError: if its encoder does not call them as BERT and RoBERTa do.
    """
    encoder = model.config.backbone_config
    names = ("hidden_dropout_prob", "attention_probs_dropout_prob")
    if not all(hasattr(encoder, name) for name in names):
        raise ValueError(
            "'dropout' must be left out with a base model of type"
            f" '{encoder.model_type}' (got {rate})"
        )
    for name in names:
        setattr(encoder, name, rate)
    for module in model.graphmert.backbone.modules():
        if isinstance(module, nn.Dropout):
            module.p = rate
