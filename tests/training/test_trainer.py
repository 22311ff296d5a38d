import math

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, TrainerCallback

from gmert_pyg import GraphMertConfig, GraphMertForPreTraining
from gmert_pyg.training import (
    GraphCollator,
    GraphMertTrainer,
    GraphMertTrainingArguments,
)
from gmert_pyg.training.pretraining.preparation import (
    make_trainer,
    prepare_data,
)


def arguments(output, **changes):
    return GraphMertTrainingArguments(
        **{
            "output_dir": str(output),
            "max_steps": 6,
            "token_budget": 300,
            "learning_rate": 1e-3,
            "warmup_steps": 1,
            "logging_steps": 1,
            "save_strategy": "no",
            "report_to": "none",
            "disable_tqdm": True,
            "use_cpu": True,
            **changes,
        }
    )


@pytest.fixture
def data(dataset):
    # The package `app` is held out: one function of seven.
    return prepare_data(dataset, held_out_share=0.2)


@pytest.mark.parametrize("name", ["modernbert", "distilbert"])
def test_other_encoders(data, dataset, tmp_path, name):
    # Their layers are under other names than those of RoBERTa.
    sizes = {
        "vocab_size": len(dataset.tokenizer),
        "hidden_size": 8,
        "intermediate_size": 8,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "pad_token_id": 0,
        "bos_token_id": None,
        "eos_token_id": None,
        "cls_token_id": None,
        "sep_token_id": None,
    }
    config = GraphMertConfig(
        backbone_config=AutoConfig.for_model(name, **sizes),
        mask_token_id=dataset.tokenizer.mask_token_id,
    )
    model = GraphMertForPreTraining(config)
    trainer = make_trainer(model, data, arguments(tmp_path, max_steps=1))
    trainer.train()
    assert trainer.state.total_flos > 0
    assert math.isfinite(trainer.evaluate()["eval_loss"])


def test_training_learns_the_graphs_by_heart(tiny_model, data, tmp_path):
    trainer = make_trainer(
        tiny_model, data, arguments(tmp_path, max_steps=60, learning_rate=5e-3)
    )
    trainer.train()
    losses = [
        entry for entry in trainer.state.log_history if "mlm_loss" in entry
    ]
    for name in ("mlm_loss", "leaf_loss", "sbo_loss"):
        first = sum(entry[name] for entry in losses[:5]) / 5
        last = sum(entry[name] for entry in losses[-5:]) / 5
        assert last < first - 1, name
    assert {f"decay_offset/head_{head}" for head in (0, 1)} <= losses[0].keys()


def test_one_forward_pass_a_step(tiny_model, data, tmp_path):
    passes = []
    tiny_model.graphmert.register_forward_hook(lambda *_: passes.append(1))
    make_trainer(tiny_model, data, arguments(tmp_path, max_steps=3)).train()
    assert len(passes) == 3


class StopAt(TrainerCallback):
    """Ends training as a kill would: after a step, without a farewell."""

    def __init__(self, step):
        self.step = step

    def on_step_end(self, args, state, control, **kwargs):
        control.should_training_stop = state.global_step == self.step


def test_resuming_gives_the_same_weights_bit_for_bit(
    tiny_model, data, tmp_path
):
    initial = {k: v.clone() for k, v in tiny_model.state_dict().items()}
    options = {"save_strategy": "steps", "save_steps": 2}
    trainer = make_trainer(
        tiny_model, data, arguments(tmp_path / "whole", **options)
    )
    trainer.train()
    whole = {k: v.clone() for k, v in tiny_model.state_dict().items()}
    tiny_model.load_state_dict(initial)
    stopped = make_trainer(
        tiny_model, data, arguments(tmp_path / "cut", **options)
    )
    stopped.add_callback(StopAt(4))
    stopped.train()
    tiny_model.load_state_dict(initial)
    resumed = make_trainer(
        tiny_model, data, arguments(tmp_path / "cut", **options)
    )
    resumed.train(resume_from_checkpoint=True)
    for name, value in tiny_model.state_dict().items():
        assert torch.equal(value, whole[name]), name


def test_resuming_from_a_model_that_lacks_a_weight_is_refused(
    tiny_model, data, tmp_path
):
    options = {"max_steps": 1, "save_strategy": "steps", "save_steps": 1}
    make_trainer(tiny_model, data, arguments(tmp_path, **options)).train()
    path = tmp_path / "checkpoint-1" / "model.safetensors"
    weights = load_file(path)
    del weights["graphmert.decay_offset"]
    save_file(weights, path, {"format": "pt"})
    path.with_name("manifest.json").unlink()
    trainer = make_trainer(tiny_model, data, arguments(tmp_path, **options))
    with pytest.raises(ValueError, match=r"none for \['graphmert.decay_offset"):
        trainer.train(resume_from_checkpoint=True)


def test_evaluation_is_the_mean_over_targets_whatever_the_batches(
    tiny_model, data, tmp_path
):
    metrics = []
    for budget in (70, 300):
        trainer = make_trainer(
            tiny_model, data, arguments(tmp_path, token_budget=budget)
        )
        metrics.append(trainer.evaluate(data.train))
    for name in ("eval_mlm_loss", "eval_leaf_loss", "eval_relation_loss"):
        assert metrics[0][name] == pytest.approx(metrics[1][name], rel=1e-5)
        assert math.isfinite(metrics[0][name])
    assert metrics[0]["eval_num_roots"] == metrics[1]["eval_num_roots"]


def test_the_saved_model_is_the_trained_one(tiny_model, data, tmp_path):
    trainer = make_trainer(tiny_model, data, arguments(tmp_path))
    trainer.train()
    trainer.save_model(str(tmp_path / "model"))
    loaded = GraphMertForPreTraining.from_pretrained(tmp_path / "model")
    batch = GraphCollator()(list(data.held_out))["batch"]
    tiny_model.eval()
    loaded.eval()
    with torch.no_grad():
        assert torch.equal(loaded(batch).logits, tiny_model(batch).logits)


def test_several_gpus_without_a_launcher_are_refused(
    tiny_model, tmp_path, monkeypatch
):
    monkeypatch.setattr(GraphMertTrainingArguments, "n_gpu", 2)
    with pytest.raises(ValueError, match="torchrun --nproc-per-node 2"):
        GraphMertTrainer(tiny_model, arguments(tmp_path))


@pytest.mark.parametrize("option", ["split_batches", "dispatch_batches"])
def test_options_that_cut_graphs_are_refused(option, tmp_path):
    with pytest.raises(ValueError, match=option):
        arguments(tmp_path, accelerator_config={option: True})
