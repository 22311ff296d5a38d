"""Presets say what the recipes say."""

from dataclasses import fields

import pytest

from gmert_pyg.training.pretraining.configuration import RunConfiguration
from gmert_pyg.training.pretraining.presets import PRESETS, preset
from gmert_pyg.training.pretraining.setting_layers import Layers
from gmert_pyg.training.pretraining.setting_types import setting_names


def made(name, **flags):
    flags = {"preset": name, "output_dir": "unused", **flags}
    return RunConfiguration.of(Layers.read(flags).settings)


def test_paper():
    run = made("paper")
    model, training = run.model, run.training
    assert model.base_model is None
    assert (model.num_hidden_layers, model.hidden_size) == (12, 512)
    assert (model.num_attention_heads, model.intermediate_size) == (8, 2048)
    assert (model.dropout, model.hgat_dropout) == (0.1, 0.3)
    assert training.learning_rate == 4e-4
    assert training.lr_scheduler_type == "cosine_with_min_lr"
    assert training.lr_scheduler_kwargs == {"min_lr": 1e-5}
    assert training.warmup_steps == 500
    assert training.weight_decay == 0.01
    assert training.num_train_epochs == 25
    assert training.max_steps == -1
    assert training.per_device_train_batch_size == 32
    assert training.gradient_accumulation_steps == 2
    assert training.precision == "auto"  # bf16 where that is fast
    assert training.optim == "adamw_torch_fused"
    # No relation term, and L_mlm + L_leaf up to a factor.
    assert not run.objectives.relation_loss
    assert run.objectives.leaf_loss
    assert run.objectives.lambda_mlm == 0.5


def test_codebert():
    run = made("codebert", base_model="none")
    model, training = run.model, run.training
    assert preset("codebert")["base_model"] == "microsoft/codebert-base"
    assert (model.num_hidden_layers, model.hidden_size) == (12, 768)
    assert (model.num_attention_heads, model.intermediate_size) == (12, 3072)
    assert model.residual_scale == 0.1
    assert made("paper").model.residual_scale == 1.0  # as the paper's
    assert run.data.schema == "code"  # twelve relations
    assert run.data.max_roots == 128
    assert training.learning_rate == 4e-4
    assert training.num_train_epochs == 25
    assert training.per_device_train_batch_size == 32
    assert training.gradient_accumulation_steps == 2
    assert training.warmup_steps == 0.1  # a share of all
    assert training.save_epochs == 5
    assert run.objectives.lambda_mlm == 0.6
    assert run.objectives.relation_loss
    assert run.objectives.leaf_loss


def test_small():
    run = made("small")
    assert (run.model.num_hidden_layers, run.model.hidden_size) == (4, 256)
    assert run.training.token_budget == 4096
    assert run.training.per_device_train_batch_size == 0
    assert run.training.max_steps == 1000


@pytest.mark.parametrize("name", PRESETS)
def test_presets_hold_settings_only(name):
    assert preset(name).keys() <= setting_names().keys()
    for field in fields(RunConfiguration):
        assert field.name in (
            *("data", "model", "objectives", "training", "run", "settings"),
        )


def test_an_unknown_preset_is_refused():
    with pytest.raises(ValueError, match="'preset' must be one of"):
        preset("big")
