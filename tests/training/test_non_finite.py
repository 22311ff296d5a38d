import json
import math

import pytest
import torch
from transformers import TrainerCallback

from gmert_pyg import cli
from gmert_pyg.training import GraphMertTrainingArguments, ObjectiveArguments
from gmert_pyg.training.non_finite import NonFiniteLossError, replay
from gmert_pyg.training.non_finite.finite_steps import FiniteStepsTrainer
from gmert_pyg.training.pretraining.preparation import (
    make_trainer,
    prepare_data,
)


@pytest.fixture
def data(dataset):
    return prepare_data(dataset, held_out_share=0.2)


def arguments(output, **changes):
    return GraphMertTrainingArguments(
        **{
            "output_dir": str(output),
            "max_steps": 8,
            "token_budget": 300,
            "learning_rate": 1e-3,
            "save_strategy": "no",
            "disable_tqdm": True,
            "use_cpu": True,
            **changes,
        }
    )


class Poison:
    """Makes the states of one graph not a number, from some pass on."""

    def __init__(self, model, graph_id, first_pass=0):
        self.graph_id, self.left = graph_id, first_pass
        self.seen = []
        self.handle = model.graphmert.register_forward_hook(self)

    def __call__(self, module, inputs, output):
        batch = inputs[0]
        self.seen.append(batch.graph_id.tolist())
        self.left -= 1
        if self.left < 0 and self.graph_id in batch.graph_id:
            bad = (batch.graph_id == self.graph_id)[batch.batch]
            state = output.last_hidden_state
            output.last_hidden_state = state.masked_fill(bad[:, None], math.nan)
        return output


class Weights(TrainerCallback):
    """Remembers the weights after every step."""

    def __init__(self):
        self.after = []

    def on_step_end(self, args, state, control, model=None, **kwargs):
        self.after.append([p.detach().clone() for p in model.parameters()])


def test_the_graph_is_named_and_the_optimizer_does_not_move(
    tiny_model, data, dataset, tmp_path
):
    trainer = make_trainer(tiny_model, data, arguments(tmp_path))
    bad = int(data.train[3].graph_id)
    Poison(tiny_model, bad, first_pass=2)
    weights = Weights()
    trainer.add_callback(weights)
    with pytest.raises(NonFiniteLossError) as error:
        trainer.train()
    message = str(error.value)
    assert str(dataset.locate(bad)) in message
    assert "on 1 of the" in message
    assert "mlm_loss nan" in message
    assert "'graphmert' (GraphMertModel)" in message
    assert f"step {trainer.state.global_step + 1}" in message
    assert "\n" not in message
    for value, last in zip(
        tiny_model.parameters(), weights.after[-1], strict=True
    ):
        assert torch.equal(value, last)
    folder = error.value.folder
    assert folder.parent == tmp_path / "non_finite"
    # What to type is in the message.
    assert f"gmert_pyg.training.non_finite.replay('{folder}')" in message
    facts = json.loads((folder / "step.json").read_text())
    marked = [facts["graphs"][index] for index in facts["graphs_not_finite"]]
    assert [graph["graph_id"] for graph in marked] == [bad]
    assert not list(tmp_path.rglob("*.pt"))
    assert not list(tmp_path.rglob("*.bin"))


def test_graphs_are_named_in_training_without_leaves(
    tiny_model, dataset, tmp_path
):
    objectives = ObjectiveArguments(leaves=False)
    data = prepare_data(dataset, held_out_share=0.2, objectives=objectives)
    trainer = make_trainer(tiny_model, data, arguments(tmp_path))
    bad = int(data.train[3].graph_id)
    Poison(tiny_model, bad)
    with pytest.raises(NonFiniteLossError) as error:
        trainer.train()
    assert str(dataset.locate(bad)) in str(error.value)


def test_the_batch_of_an_accumulation_is_the_right_one(
    tiny_model, data, tmp_path
):
    trainer = make_trainer(
        tiny_model,
        data,
        arguments(tmp_path, gradient_accumulation_steps=3, token_budget=150),
    )
    bad = int(data.train[0].graph_id)
    poison = Poison(tiny_model, bad)
    with pytest.raises(NonFiniteLossError) as error:
        trainer.train()
    index = json.loads((error.value.folder / "step.json").read_text())[
        "micro_batch"
    ]
    step = trainer.state.global_step
    assert bad in poison.seen[3 * step + index]
    assert f"batch {index + 1} of 3" in str(error.value)


def test_replay_gives_the_same_values_from_the_saved_weights(
    tiny_model, data, tmp_path
):
    # Weights that overflow, though they are finite themselves.
    trainer = make_trainer(
        tiny_model,
        data,
        arguments(tmp_path, learning_rate=1e25, max_grad_norm=0.0),
    )
    with pytest.raises(NonFiniteLossError) as error:
        trainer.train()
    folder = error.value.folder
    facts = json.loads((folder / "step.json").read_text())
    again = replay(folder)
    assert not torch.isfinite(again.output.loss)
    assert str(again.output.mlm_loss.item()) == facts["losses"]["mlm_loss"]
    assert again.origin == facts["origin"]
    assert again.origin == "the output of 'graphmert.hgat' (HGATConv)"
    other = replay(folder, tiny_model.__class__(tiny_model.config))
    assert other.origin is None
    assert torch.isfinite(other.output.loss)


def test_replay_draws_the_same_dropout(tiny_model, data, tmp_path):
    trainer = make_trainer(tiny_model, data, arguments(tmp_path))
    losses = []

    def remember(output):
        losses.append(output.mlm_loss.item())
        output.sbo_loss = torch.tensor(math.inf)
        FiniteStepsTrainer.saw_losses(trainer, output)

    trainer.saw_losses = remember
    with pytest.raises(NonFiniteLossError, match="sbo_loss inf") as error:
        trainer.train()
    again = replay(error.value.folder)
    assert again.output.mlm_loss.item() == losses[0]


def test_a_gradient_that_is_not_finite_stops_too(tiny_model, data, tmp_path):
    trainer = make_trainer(
        tiny_model, data, arguments(tmp_path, gradient_accumulation_steps=2)
    )
    weight = tiny_model.lm_head.bias
    weight.register_hook(lambda gradient: gradient * math.inf)
    with pytest.raises(
        NonFiniteLossError,
        match=r"the norm of the gradient, first in the gradient of 'lm_head",
    ):
        trainer.train()
    assert trainer.state.global_step == 0


def test_weights_that_are_not_finite_are_named(tiny_model, data, tmp_path):
    trainer = make_trainer(tiny_model, data, arguments(tmp_path))
    tiny_model.graphmert.decay_offset.data[0] = math.nan
    with pytest.raises(
        NonFiniteLossError, match=r"weights 'graphmert\.decay_offset'"
    ):
        trainer.train()


def test_looking_late_leaves_weights_and_checkpoints_of_before(
    tiny_model, data, tmp_path, monkeypatch
):
    # What a GPU does, with the fused optimizer of the CPU.
    monkeypatch.setattr(
        FiniteStepsTrainer, "_may_look_late", lambda self, optimizer: True
    )
    trainer = make_trainer(
        tiny_model,
        data,
        arguments(
            tmp_path,
            save_strategy="steps",
            save_steps=3,
            logging_strategy="no",
        ),
    )
    # The first step that is not finite is the fifth, seen during the sixth.
    Poison(tiny_model, int(data.train[3].graph_id))
    step = first_step_with(data, 3, trainer)
    weights = Weights()
    trainer.add_callback(weights)
    with pytest.raises(NonFiniteLossError, match=f"step {step}:") as error:
        trainer.train()
    assert trainer.state.global_step in (step, step + 1) or step == 8
    before = weights.after[step - 2] if step > 1 else None
    for index, value in enumerate(tiny_model.parameters()):
        assert torch.isfinite(value).all()
        if before is not None:
            assert torch.equal(value, before[index])
    saved = sorted(int(p.name[11:]) for p in tmp_path.glob("checkpoint-*"))
    assert saved == list(range(3, step, 3))
    assert (error.value.folder / "model").is_dir()


def first_step_with(data, index, trainer):
    """Return the number of the first batch of the plan with a graph."""
    number = len(data.train)
    for step, batch in enumerate(
        trainer.get_train_dataloader().batch_sampler, 1
    ):
        if index in [draw % number for draw in batch]:
            return step
    raise AssertionError


def test_the_command_line_says_so_in_one_line(tmp_path, capsys, monkeypatch):
    def fail(arguments):
        raise NonFiniteLossError("training stopped: not finite at step 3")

    monkeypatch.setattr("gmert_pyg.cli.pretrain.run", fail)
    status = cli.main(["pretrain", "--output_dir", str(tmp_path)])
    assert status == 1
    error = capsys.readouterr().err
    assert error == "gmert: error: training stopped: not finite at step 3\n"


def test_a_folder_without_a_batch_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"'folder' must hold .*\(got"):
        replay(tmp_path, torch.nn.Linear(1, 1))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_on_a_gpu(tiny_model, data, tmp_path):
    trainer = make_trainer(tiny_model, data, arguments(tmp_path, use_cpu=False))
    Poison(tiny_model, int(data.train[3].graph_id), first_pass=2)
    with pytest.raises(NonFiniteLossError, match="mlm_loss nan"):
        trainer.train()
    assert all(torch.isfinite(p).all() for p in tiny_model.parameters())
