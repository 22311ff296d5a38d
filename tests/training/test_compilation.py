import copy

import pytest
import torch
from torch._dynamo.utils import counters

from gmert_pyg import GraphMertConfig, GraphMertForPreTraining
from gmert_pyg.training import GraphMertTrainingArguments
from gmert_pyg.training.pretraining.preparation import (
    make_trainer,
    prepare_data,
)


@pytest.fixture
def data(dataset):
    return prepare_data(dataset, held_out_share=0.2)


@pytest.fixture
def model(dataset):
    torch.manual_seed(0)
    tokenizer = dataset.tokenizer
    # Compiled, dropout draws other random numbers.
    config = GraphMertConfig.small(
        vocab_size=len(tokenizer),
        num_hidden_layers=2,
        hidden_size=32,
        num_attention_heads=2,
        intermediate_size=64,
        pad_token_id=tokenizer.pad_token_id,
        mask_token_id=tokenizer.mask_token_id,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        hgat_dropout=0.0,
    )
    return GraphMertForPreTraining(config)


@pytest.fixture(autouse=True)
def nothing_compiled():
    torch._dynamo.reset()
    counters.clear()
    yield
    torch._dynamo.reset()


def train(model, data, output, **changes):
    arguments = GraphMertTrainingArguments(
        output_dir=str(output),
        max_steps=4,
        token_budget=300,
        learning_rate=1e-3,
        logging_steps=1,
        save_strategy="no",
        disable_tqdm=True,
        use_cpu=True,
        **changes,
    )
    trainer = make_trainer(model, data, arguments)
    trainer.train()
    entries = trainer.state.log_history
    return trainer, [entry["loss"] for entry in entries if "loss" in entry]


def test_layers_are_compiled_once_for_batches_of_any_size(
    model, data, tmp_path
):
    _, plain = train(copy.deepcopy(model), data, tmp_path)
    names = list(model.state_dict())
    trainer, compiled = train(
        model, data, tmp_path, torch_compile_backend="eager"
    )
    assert compiled == pytest.approx(plain, rel=1e-5)
    # Batches of several sizes through two layers: one graph for those with
    # padding, and one for those without.
    batches = trainer.get_train_dataloader().batch_sampler
    assert len({len(batch) for batch in batches}) > 1
    assert counters["stats"]["unique_graphs"] <= 2
    assert not counters["graph_break"]
    assert list(model.state_dict()) == names
    # The next Trainer of the model compiles only if asked to.
    torch._dynamo.reset()
    counters.clear()
    train(model, data, tmp_path)
    assert not counters["stats"]["calls_captured"]


@pytest.mark.slow
@pytest.mark.parametrize("bf16", [False, True])
def test_inductor(model, data, tmp_path, bf16):
    _, plain = train(copy.deepcopy(model), data, tmp_path, bf16=bf16)
    _, compiled = train(model, data, tmp_path, bf16=bf16, torch_compile=True)
    assert compiled == pytest.approx(plain, rel=1e-2 if bf16 else 1e-5)
    assert counters["stats"]["unique_graphs"] <= 2
    assert not counters["graph_break"]
