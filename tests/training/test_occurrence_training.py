"""Occurrence edges in training: their biases learn, and are logged."""

import pytest
import torch

from gmert_pyg import GraphMertConfig, GraphMertForPreTraining
from gmert_pyg.nn.parameter_groups import parameter_groups
from gmert_pyg.schema import DEFAULT_SCHEMA
from gmert_pyg.training import GraphMertTrainingArguments
from gmert_pyg.training.attention_scalars import attention_scalars
from gmert_pyg.training.pretraining.preparation import (
    make_trainer,
    prepare_data,
)

NAMES = DEFAULT_SCHEMA.occurrences


@pytest.fixture
def make_model(tiny_model):
    def make(**overrides):
        config = tiny_model.config.to_dict() | overrides
        torch.manual_seed(0)
        return GraphMertForPreTraining(GraphMertConfig(**config))

    return make


@pytest.mark.parametrize("occurrence", ["bias", "hgat"])
def test_the_biases_are_logged(make_model, dataset, tmp_path, occurrence):
    model = make_model(occurrence=occurrence)
    arguments = GraphMertTrainingArguments(
        output_dir=str(tmp_path),
        max_steps=1,
        token_budget=2000,
        learning_rate=1e-3,
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        use_cpu=True,
    )
    data = prepare_data(dataset, held_out_share=0.2)
    trainer = make_trainer(model, data, arguments)
    trainer.train()
    logged = trainer.state.log_history[0]
    biases = {name for name in logged if name.startswith("occurrence_bias/")}
    assert len(biases) == (2 * len(NAMES) if occurrence == "bias" else 0)
    assert "decay_offset/head_0" in logged
    assert any(logged[name] != 0 for name in biases) == bool(biases)


def test_means_over_heads_are_logged_by_kind_and_direction(make_model):
    model = make_model(occurrence="bias", decay=False).graphmert
    bias = model.occurrence.occurrence_bias
    bias.data = torch.arange(bias.numel()).view(bias.shape).float()
    scalars = attention_scalars(model)
    assert list(scalars.values()) == [2 * n + 0.5 for n in range(10)]
    assert list(scalars)[:2] == [
        "occurrence_bias/last_use",
        "occurrence_bias/last_use_reversed",
    ]
    assert attention_scalars(make_model(decay=False).graphmert) == {}


def test_gradients_reach_the_biases_from_real_graphs(make_model, dataset):
    model = make_model(occurrence="bias")
    data = prepare_data(dataset, held_out_share=0.2)
    batch = data.train_masks(data.train_batch())
    model(batch).loss.backward()
    gradient = model.graphmert.occurrence.occurrence_bias.grad
    present = (batch.edge_type[batch.edge_type > 12] - 13).unique().tolist()
    assert len(present) > 2
    for kind in range(len(NAMES)):
        assert bool((gradient[kind] != 0).any()) == (kind in present)
    groups = {g["name"]: g for g in parameter_groups(model, 1e-3, 0.01)}
    assert len(groups["attention"]["params"]) == 2
