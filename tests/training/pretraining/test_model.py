"""What a run starts from."""

import pytest
import torch
from transformers import AutoModel

from gmert_pyg import GraphMertForPreTraining, GraphMertTokenizer
from gmert_pyg.schema import DEFAULT_SCHEMA, EXTENDED_SCHEMA
from gmert_pyg.training.pretraining.arguments import (
    ModelArguments,
    ObjectiveArguments,
)
from gmert_pyg.training.pretraining.base_model import choose_tokenizer
from gmert_pyg.training.pretraining.model import build_model, model_config
from gmert_pyg.training.pretraining.setting_layers import Layers


@pytest.fixture(scope="module")
def tokenizer():
    return GraphMertTokenizer.default()


def built(tokenizer, objectives=None, **model):
    return build_model(
        ModelArguments(**model),
        objectives or ObjectiveArguments(),
        DEFAULT_SCHEMA,
        tokenizer,
    )


def test_from_an_encoder(roberta, tokenizer):
    model = built(tokenizer, base_model=roberta, dropout=0.25, decay=False)
    encoder = AutoModel.from_pretrained(roberta, add_pooling_layer=False)
    ours = dict(model.graphmert.backbone.named_parameters())
    name = "encoder.layer.1.output.dense.weight"
    assert torch.equal(ours[name], dict(encoder.named_parameters())[name])
    assert not model.config.decay
    rates = {
        module.p
        for module in model.graphmert.backbone.modules()
        if isinstance(module, torch.nn.Dropout)
    }
    assert rates == {0.25}
    assert model.config.backbone_config.hidden_dropout_prob == 0.25


def test_from_a_model_of_ours_which_keeps_its_settings(
    roberta, tokenizer, tmp_path
):
    first = built(
        tokenizer,
        ObjectiveArguments(mnm="leaf", sbo=False, lambda_mlm=0.3),
        base_model=roberta,
        decay_mode="bias",
        hgat=False,
    )
    first.save_pretrained(tmp_path)
    settings = Layers.read({"base_model": str(tmp_path)}).settings
    kept = {"hgat": False, "decay_mode": "bias", "sbo": False, "mnm": "leaf"}
    assert {name: settings[name] for name in kept} == kept
    assert settings["lambda_mlm"] == 0.3
    second = built(
        tokenizer,
        ObjectiveArguments(mnm="leaf", sbo=False, lambda_mlm=0.3),
        base_model=str(tmp_path),
        decay_mode="bias",
        hgat=False,
    )
    assert isinstance(second, GraphMertForPreTraining)
    for one, two in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(one, two)


def test_a_new_encoder_may_start_near_the_identity(tokenizer):
    sizes = {"num_hidden_layers": 1, "hidden_size": 16}
    torch.manual_seed(0)
    drawn = built(tokenizer, **sizes)
    torch.manual_seed(0)
    damped = built(tokenizer, **sizes, residual_scale=0.1)
    layer = "graphmert.backbone.encoder.layer.0."
    scales = {
        "attention.output.dense.weight": 0.1,
        "output.dense.weight": 0.1,
        "intermediate.dense.weight": 1.0,
        "attention.self.value.weight": 1.0,
    }
    for name, scale in scales.items():
        torch.testing.assert_close(
            damped.state_dict()[layer + name],
            scale * drawn.state_dict()[layer + name],
        )


def test_the_base_model_decides_the_sizes(roberta):
    settings = Layers.read({"base_model": roberta, "preset": "codebert"})
    assert "residual_scale" not in settings.settings
    assert "hidden_size" not in settings.settings
    assert "dropout" not in settings.settings


def test_another_schema_or_tokenizer_is_refused(roberta, tokenizer, tmp_path):
    built(tokenizer, base_model=roberta).save_pretrained(tmp_path)
    arguments = ModelArguments(base_model=str(tmp_path))
    with pytest.raises(ValueError, match="for schema 'extended'"):
        model_config(
            arguments, ObjectiveArguments(), EXTENDED_SCHEMA, tokenizer
        )
    other = GraphMertTokenizer.default()
    other.add_tokens(["<more>"])
    with pytest.raises(ValueError, match="made for tokenizer"):
        model_config(arguments, ObjectiveArguments(), DEFAULT_SCHEMA, other)
    other.save_pretrained(tmp_path / "other")
    with pytest.raises(ValueError, match="'tokenizer' must be that of --base"):
        choose_tokenizer(str(tmp_path / "other"), roberta)


def test_the_tokenizer_is_that_of_the_base_model(roberta, tmp_path):
    assert len(choose_tokenizer(None, None)) == 8192
    assert choose_tokenizer(None, roberta).mask_token_id is not None
    (tmp_path / "config.json").write_text('{"model_type": "roberta"}')
    with pytest.raises(ValueError, match="'base_model' must be a folder or"):
        choose_tokenizer(None, str(tmp_path))
