"""Damaged checkpoints are refused: nothing is drawn anew in silence."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForPreTraining

from gmert_pyg.nn import GraphMertForPreTraining, GraphMertModel


@pytest.fixture
def saved(tmp_path, make_model):
    make_model().save_pretrained(tmp_path)
    return tmp_path


def change_weights(folder, change):
    path = folder / "model.safetensors"
    weights = load_file(path)
    change(weights)
    save_file(weights, path, {"format": "pt"})


def change_config(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def refused(folder, message, load=GraphMertForPreTraining.from_pretrained):
    with pytest.raises(ValueError, match=message) as error:
        load(folder)
    assert str(folder) in str(error.value)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_truncated(saved, share):
    path = saved / "model.safetensors"
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    refused(saved, "must hold whole tensors only")


@pytest.mark.parametrize(
    "name",
    [
        "graphmert.decay_offset",
        "graphmert.hgat.weight",
        "graphmert.backbone.encoder.layer.1.output.dense.bias",
        "lm_head.bias",
        "relation_head.classifier.weight",
    ],
)
def test_a_missing_weight(saved, name):
    change_weights(saved, lambda weights: weights.pop(name))
    message = rf"must hold every weight of GraphMertForPre.*: no {name}\)"
    refused(saved, message)
    refused(saved, message, AutoModelForPreTraining.from_pretrained)


def test_every_missing_weight_is_named(saved):
    def drop(weights):
        del weights["lm_head.bias"], weights["graphmert.decay_offset"]

    change_weights(saved, drop)
    refused(saved, r"no graphmert.decay_offset, lm_head.bias\)")


def test_a_missing_head_of_the_same_class(saved):
    def drop(weights):
        for name in [n for n in weights if n.startswith("relation_head")]:
            del weights[name]

    change_weights(saved, drop)
    refused(saved, "no relation_head.classifier.bias, relation_head")
    model = GraphMertForPreTraining.from_pretrained(
        saved, ignore_mismatched_sizes=True
    )
    assert model.relation_head is not None


def test_a_new_head_is_drawn_and_logged(tmp_path, make_model, caplog):
    base = make_model().graphmert
    base.save_pretrained(tmp_path)
    model = GraphMertForPreTraining.from_pretrained(tmp_path)
    assert "lm_head, relation_head, sbo_head" in caplog.text
    for name, value in base.state_dict().items():
        assert torch.equal(model.graphmert.state_dict()[name], value)
    change_weights(tmp_path, lambda weights: weights.pop("hgat.weight"))
    refused(tmp_path, "no graphmert.hgat.weight")
    refused(tmp_path, "no hgat.weight", GraphMertModel.from_pretrained)


def test_heads_that_the_class_lacks_are_fine(saved, caplog):
    model = GraphMertModel.from_pretrained(saved)
    whole = load_file(saved / "model.safetensors")
    for name, value in model.state_dict().items():
        assert torch.equal(value, whole[f"graphmert.{name}"])
    assert "New, not in" not in caplog.text


def test_another_shape(saved):
    def cut(weights):
        name = "graphmert.slot_embedding.weight"
        weights[name] = weights[name][:3].clone()

    change_weights(saved, cut)
    refused(
        saved,
        r"'graphmert.slot_embedding.weight' of shape \(3, 16\), not \(65, 16\)",
    )
    model = GraphMertForPreTraining.from_pretrained(
        saved, ignore_mismatched_sizes=True
    )
    assert model.graphmert.slot_embedding.weight.shape == (65, 16)


def test_a_config_of_fewer_layers(saved):
    backbone = json.loads((saved / "config.json").read_text())
    backbone = backbone["backbone_config"] | {"num_hidden_layers": 1}
    change_config(saved, backbone_config=backbone)
    refused(saved, r"an encoder of the size.*also graphmert.*layer\.1\..*more")


def test_a_config_of_more_layers(saved):
    backbone = json.loads((saved / "config.json").read_text())
    backbone = backbone["backbone_config"] | {"num_hidden_layers": 3}
    change_config(saved, backbone_config=backbone)
    refused(saved, r"every weight.*no graphmert.*layer\.2\.")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("decay_mode", "add", "'decay_mode' must be one of"),
        ("attention", "flash", "'attention' must be one of"),
        ("decay_base", "high", "'config_dict' must be of GraphMertConfig"),
        ("num_relations", 3, "'num_relations' must be 12"),
        ("max_slots", None, "'config_dict' must be of GraphMertConfig"),
    ],
)
@pytest.mark.parametrize(
    "load",
    [
        GraphMertForPreTraining.from_pretrained,
        AutoModelForPreTraining.from_pretrained,
    ],
)
def test_a_damaged_configuration(saved, name, value, message, load):
    change_config(saved, **{name: value})
    with pytest.raises(ValueError, match=message):
        load(saved)


def test_overrides_at_loading(saved):
    model = GraphMertForPreTraining.from_pretrained(saved, hgat=False)
    assert model.graphmert.hgat is None
    model = GraphMertForPreTraining.from_pretrained(saved, lambda_mlm=0.5)
    assert model.config.lambda_mlm == 0.5


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_sharded(tmp_path, make_model, attention):
    model = make_model(
        occurrence="bias", decay_mode="bias", attention=attention
    )
    model.graphmert.occurrence.occurrence_bias.data.normal_()
    model.save_pretrained(tmp_path, max_shard_size="20KB")
    assert len(list(tmp_path.glob("*.safetensors"))) > 2
    loaded = GraphMertForPreTraining.from_pretrained(tmp_path)
    assert loaded.config.attention == attention
    for name, value in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value), name
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(index.read_text()[:200])
    refused(tmp_path, "must hold an index of its files in JSON")


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"hgat": False}, "graphmert.hgat.weight"),
        ({"decay": False}, "graphmert.decay_offset"),
        ({"position": "none"}, "graphmert.slot_embedding.weight"),
    ],
)
def test_parts_turned_off_are_logged(saved, caplog, change, name):
    GraphMertForPreTraining.from_pretrained(saved)
    assert "not read" not in caplog.text
    change_config(saved, **change)
    GraphMertForPreTraining.from_pretrained(saved)
    assert "Turned off by the configuration, and not read" in caplog.text
    assert name in caplog.text
