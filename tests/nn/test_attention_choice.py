"""The chosen attention, from configuration to checkpoint and back."""

import json

import pytest
from transformers import AutoModel, AutoModelForPreTraining

from gmert_pyg.nn import GraphMertConfig, GraphMertForPreTraining
from gmert_pyg.nn.attention import EAGER, SDPA


def chosen(model):
    model = getattr(model, "graphmert", model)
    assert model.config.backbone_config is model.backbone.config
    return (
        model.config.attention,
        model.config._attn_implementation,
        model.backbone.config._attn_implementation,
    )


IS_EAGER, IS_SDPA = ("eager", EAGER, EAGER), ("sdpa", SDPA, SDPA)


@pytest.mark.parametrize("auto", [AutoModel, AutoModelForPreTraining])
def test_survives_saving(tmp_path, make_model, auto):
    model = make_model(decay_mode="bias", attention="sdpa")
    if auto is AutoModel:
        model = model.graphmert
    assert chosen(model) == IS_SDPA
    model.save_pretrained(tmp_path)
    stored = json.loads((tmp_path / "config.json").read_text())
    assert stored["attention"] == "sdpa"
    assert chosen(auto.from_pretrained(tmp_path)) == IS_SDPA


@pytest.mark.parametrize("requested", ["sdpa", SDPA])
def test_requests_override_it(tmp_path, make_model, requested):
    make_model(decay_mode="bias").save_pretrained(tmp_path)
    load = GraphMertForPreTraining.from_pretrained
    assert chosen(load(tmp_path)) == IS_EAGER
    model = load(tmp_path, attn_implementation=requested)
    assert chosen(model) == IS_SDPA
    model.set_attn_implementation("eager")
    assert chosen(model) == IS_EAGER
    model.set_attn_implementation(requested)
    model.save_pretrained(tmp_path / "again")
    assert chosen(load(tmp_path / "again")) == IS_SDPA
    preset = make_model(decay_mode="bias", attn_implementation=requested)
    assert chosen(preset) == IS_SDPA


def test_fused_kernels_need_a_summand(tmp_path, make_model):
    message = r"'attention' must be 'eager' or 'flex' with .*'sdpa'"
    with pytest.raises(ValueError, match=message):
        GraphMertConfig(attention="sdpa")
    with pytest.raises(ValueError, match=message):
        GraphMertConfig(attn_implementation="sdpa")
    make_model().save_pretrained(tmp_path)
    with pytest.raises(ValueError, match=message):
        AutoModel.from_pretrained(tmp_path, attn_implementation="sdpa")
    assert GraphMertConfig(attention="sdpa", decay=False).attention == "sdpa"


@pytest.mark.parametrize("name", ["flash_attention_2", {"": "eager"}])
def test_unknown_attention(name):
    with pytest.raises(ValueError, match="'attn_implementation' must be one"):
        GraphMertConfig(attn_implementation=name)
    with pytest.raises(ValueError, match="'attention' must be one of"):
        GraphMertConfig(attention="flash")


def test_configurations_do_not_share_an_encoder(make_config):
    shared = make_config().backbone_config
    first, second = (
        GraphMertForPreTraining(
            GraphMertConfig(
                backbone_config=shared, decay_mode="bias", attention=name
            )
        )
        for name in ("eager", "sdpa")
    )
    assert chosen(first) == IS_EAGER
    assert chosen(second) == IS_SDPA
