"""No Trainer leaves its precision to the next one of the process."""

import copy
from functools import partial

import pytest
import torch

from gmert_pyg.training import GraphMertTrainingArguments
from gmert_pyg.training.pretraining.preparation import (
    make_trainer,
    prepare_data,
)

DTYPES = {"bf16": torch.bfloat16, "float32": torch.float32}
ORDERS = [("bf16", "float32"), ("float32", "bf16")]


@pytest.fixture
def data(dataset):
    return prepare_data(dataset, held_out_share=0.2)


@pytest.fixture
def make(data, tmp_path):
    def arguments(precision):
        return GraphMertTrainingArguments(
            output_dir=str(tmp_path),
            max_steps=1,
            token_budget=300,
            precision=precision,
            use_cpu=True,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
        )

    def make(model, precision, known=None):
        return make_trainer(model, data, known or arguments(precision))

    make.arguments = arguments
    return make


def dtypes_in(model, run):
    """Return the types that the first dense layer answers in."""
    seen = set()
    dense = model.graphmert.backbone.encoder.layer[0].intermediate.dense
    handle = dense.register_forward_hook(
        lambda module, inputs, output: seen.add(output.dtype)
    )
    run()
    handle.remove()
    return seen


@pytest.mark.parametrize("order", ORDERS)
def test_trainers_of_one_model_one_after_the_other(tiny_model, make, order):
    for precision in order:
        trainer = make(tiny_model, precision)
        graph = trainer.train_dataset[0]
        for run in (trainer.train, trainer.evaluate):
            assert dtypes_in(tiny_model, run) == {DTYPES[precision]}
        # The model itself computes as it always did.
        plain = dtypes_in(tiny_model, partial(tiny_model, graph))
        assert plain == {torch.float32}


def test_an_interrupted_training_leaves_no_autocast(tiny_model, make, data):
    trainer = make(tiny_model, "bf16")

    def stop(*inputs):
        raise KeyboardInterrupt

    handle = tiny_model.graphmert.register_forward_hook(stop)
    with pytest.raises(KeyboardInterrupt):
        trainer.train()
    handle.remove()
    graph = data.train[0]
    run = dtypes_in(tiny_model, lambda: tiny_model(graph))
    assert run == {torch.float32}


@pytest.mark.parametrize("order", ORDERS)
def test_trainers_that_live_at_the_same_time(tiny_model, make, order):
    arguments = [make.arguments(precision) for precision in order]
    trainers = [
        make(copy.deepcopy(tiny_model), None, known) for known in arguments
    ]
    # These clear what accelerate knows of the process.
    make.arguments("float32")
    for precision, trainer in zip(order, trainers, strict=True):
        for run in (trainer.evaluate, trainer.train):
            assert dtypes_in(trainer.model, run) == {DTYPES[precision]}
        # What a batch that is saved for replay is computed in.
        expected = {"bf16": "bf16", "float32": "no"}[precision]
        assert trainer.accelerator.mixed_precision == expected
