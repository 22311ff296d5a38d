import pytest
import torch
from transformers import AutoConfig, DistilBertConfig

from gmert_pyg.nn import GraphMertConfig, GraphMertForPreTraining
from gmert_pyg.schema import DEFAULT_SCHEMA


def test_defaults_follow_the_schema():
    config = GraphMertConfig()
    assert config.num_relations == DEFAULT_SCHEMA.num_relations
    assert config.num_edge_types == DEFAULT_SCHEMA.num_edge_types
    assert config.backbone_config.type_vocab_size == 2


@pytest.mark.parametrize("num_relations", [None, 7])
def test_round_trip(tmp_path, num_relations):
    config = GraphMertConfig.small(
        100, num_relations=num_relations, decay_mode="bias", mask_token_id=4
    )
    config.save_pretrained(tmp_path)
    loaded = AutoConfig.from_pretrained(tmp_path)
    assert isinstance(loaded, GraphMertConfig)
    same = loaded.to_dict() | {"_name_or_path": ""}
    assert same == config.to_dict()
    assert loaded.vocab_size == 100
    assert loaded.mask_token_id == 4


def test_presets():
    assert GraphMertConfig.base().hidden_size == 512
    assert GraphMertConfig.codebert().num_attention_heads == 12
    config = GraphMertConfig.small(100, num_hidden_layers=2, hgat=False)
    assert (config.num_hidden_layers, config.hgat) == (2, False)
    with pytest.raises(ValueError, match=r"'overrides'.*'num_layer'"):
        GraphMertConfig.small(100, num_layer=2)


@pytest.mark.parametrize(
    ("overrides", "millions"),
    [
        ({}, 59.06),
        ({"tie_word_embeddings": False}, 59.06 + 30_522 * 512 / 1e6),
        # A matrix, two vectors, and a row of the classifier with its bias.
        ({"num_relations": 13}, 59.06 + (512 * (512 + 2 + 1) + 1) / 1e6),
    ],
)
def test_the_size_of_the_base_preset(overrides, millions):
    with torch.device("meta"):
        model = GraphMertForPreTraining(GraphMertConfig.base(**overrides))
    assert model.num_parameters() / 1e6 == pytest.approx(millions, abs=0.01)


def test_other_backbones_mirror_their_sizes():
    config = GraphMertConfig(backbone_config=DistilBertConfig(dim=12))
    assert config.hidden_size == 12
    again = GraphMertConfig(**config.to_dict())
    assert isinstance(again.backbone_config, DistilBertConfig)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("num_relations", 0),
        ("hgat_dropout", 1.0),
        ("hgat_num_bases", 0),
        ("decay_base", 1.0),
        ("decay_init", float("nan")),
        ("temperature", float("inf")),
        ("decay_mode", "add"),
        ("distance_shift", -1),
        ("position", "root"),
        ("occurrence", "on"),
        ("max_slots", 0),
        ("lambda_mlm", 1.5),
        ("sbo_max_length", 0),
        ("num_transform_layers", -1),
    ],
)
def test_bad_values(name, value):
    with pytest.raises(ValueError, match=rf"'{name}'.*\(got {value!r}\)"):
        GraphMertConfig(**{name: value})


@pytest.mark.parametrize("occurrence", ["bias", "hgat"])
def test_occurrences_must_be_in_the_schema(occurrence):
    bare = DEFAULT_SCHEMA.to_dict() | {"occurrences": []}
    for given in ({"num_relations": 12}, {"schema": bare}):
        with pytest.raises(ValueError, match="'schema' must have occurrences"):
            GraphMertConfig(occurrence=occurrence, **given)
        assert GraphMertConfig(**given).occurrence_names == ()
    config = GraphMertConfig(occurrence=occurrence)
    assert config.occurrence_names == DEFAULT_SCHEMA.occurrences


def test_messages_need_a_layer():
    with pytest.raises(ValueError, match=r"'hgat' must be True.*\(got False\)"):
        GraphMertConfig(occurrence="hgat", hgat=False)
    assert GraphMertConfig(occurrence="bias", hgat=False).occurrence == "bias"


def test_schema_and_number_must_agree():
    schema = DEFAULT_SCHEMA.to_dict()
    with pytest.raises(ValueError, match="'num_relations' must be 12"):
        GraphMertConfig(schema=schema, num_relations=3)
