"""Every entry of the log says how training goes."""

import math

import pytest

from gmert_pyg.training import GraphMertTrainingArguments, PlanBatchSampler
from gmert_pyg.training.pretraining.preparation import (
    make_trainer,
    prepare_data,
)
from gmert_pyg.training.tracking.gradient_norms import GradientNorms, part_of

PARTS = {
    "embeddings",
    "hgat",
    "layer_0",
    "lm_head",
    "sbo_head",
    "relation_head",
    "attention_scalars",
}


def arguments(output, **changes):
    return GraphMertTrainingArguments(
        **{
            "output_dir": str(output),
            "max_steps": 4,
            "token_budget": 300,
            "learning_rate": 1e-3,
            "warmup_steps": 2,
            "logging_steps": 2,
            "save_strategy": "no",
            "disable_tqdm": True,
            "use_cpu": True,
            **changes,
        }
    )


@pytest.fixture
def data(dataset):
    return prepare_data(dataset, held_out_share=0.2)


@pytest.fixture
def log(tiny_model, data, tmp_path):
    trainer = make_trainer(
        tiny_model,
        data,
        arguments(
            tmp_path,
            peak_tflops=1.0,
            token_budget=1000,
            gradient_accumulation_steps=2,
        ),
    )
    trainer.train()
    return trainer, [e for e in trainer.state.log_history if "loss" in e]


def test_what_an_entry_holds(log):
    trainer, entries = log
    assert [entry["step"] for entry in entries] == [2, 4]
    for entry in entries:
        for name in [
            "mlm_loss",
            "sbo_loss",
            "leaf_loss",
            "relation_loss",
            "mlm_accuracy",
            "leaf_accuracy",
            "relation_accuracy",
            "padding",
            "data_wait",
            "model_flop_utilisation",
        ]:
            assert math.isfinite(entry[name]), name
        for part in PARTS:
            assert entry[f"grad_norm/{part}"] > 0, part
        assert 0 <= entry["padding"] < 1
        assert entry["nodes_per_second"] > entry["graphs_per_second"] > 0
        assert entry["decay_offset/head_1"] != 0
    plan = trainer.callback_handler.train_dataloader.batch_sampler
    assert entries[-1]["data_epoch"] == plan.epochs_after(8)
    assert trainer.state.total_flos > 1e6


def test_the_share_waited_is_that_of_collating(tiny_model, data, tmp_path):
    trainer = make_trainer(
        tiny_model,
        data,
        arguments(tmp_path, logging_steps=4, gradient_accumulation_steps=2),
    )
    now = 0.0

    def takes(seconds, run):
        def slowly(*args, **kwargs):
            nonlocal now
            now += seconds
            return run(*args, **kwargs)

        return slowly

    trainer.data_collator = takes(1.0, trainer.data_collator)
    trainer.compute_loss = takes(3.0, trainer.compute_loss)
    trainer.tracking.throughput.clock = lambda: now
    trainer.train()
    (entry,) = [e for e in trainer.state.log_history if "loss" in e]
    # Eight batches of one second, and three to train on each.
    assert now == 32
    assert entry["data_wait"] == 0.25


def test_learning_rates_are_those_of_the_step(log):
    _, entries = log
    for entry in entries:
        rates = {
            name.partition("/")[2]: rate
            for name, rate in entry.items()
            if name.startswith("learning_rate/")
        }
        assert rates["decay"] == rates["no_decay"] == entry["learning_rate"]
        assert rates["attention"] == pytest.approx(50 * rates["decay"])


def test_norms_of_parts_make_up_the_norm_before_clipping(
    tiny_model, data, tmp_path
):
    trainer = make_trainer(
        tiny_model,
        data,
        arguments(tmp_path, max_grad_norm=1e-3, gradient_accumulation_steps=2),
    )
    trainer.train()
    for entry in trainer.state.log_history:
        if "loss" not in entry:
            continue
        parts = [v for k, v in entry.items() if k.startswith("grad_norm/")]
        total = math.sqrt(sum(part * part for part in parts))
        assert total == pytest.approx(entry["grad_norm"], rel=1e-4)
        assert total > 1e-2


def test_gradients_are_measured_only_when_logged(
    tiny_model, data, tmp_path, monkeypatch
):
    steps = []
    monkeypatch.setattr(GradientNorms, "measure", lambda *_: steps.append(1))
    make_trainer(tiny_model, data, arguments(tmp_path)).train()
    assert len(steps) == 2


def test_every_parameter_has_a_part(tiny_model):
    parts = {part_of(name) for name, _ in tiny_model.named_parameters()}
    assert parts == PARTS
    wrapped = "_orig_mod.graphmert._fsdp_wrapped_module.decay_offset"
    assert part_of(wrapped) == "attention_scalars"


def test_epochs_of_the_data_go_by_batches():
    sampler = PlanBatchSampler([5, 9, 3, 8, 2], 10, num_epochs=3)
    first = len(sampler._epoch(0))
    assert sampler.epochs_after(0) == 0
    assert sampler.epochs_after(first) == 1
    assert 1 < sampler.epochs_after(first + 1) < 2
    assert sampler.epochs_after(len(sampler)) == 3


def test_a_peak_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"'peak_tflops'.*\(got -1"):
        GraphMertTrainingArguments("run", peak_tflops=-1.0)
