"""Every parameter is in the right group of the optimizer, and moves."""

import pytest
import torch
from torch import nn
from transformers import AutoConfig

from gmert_pyg import GraphMertConfig, GraphMertForPreTraining
from gmert_pyg.training import (
    GraphMertTrainingArguments,
    ModelArguments,
    ObjectiveArguments,
)
from gmert_pyg.training.pretraining.model import build_model
from gmert_pyg.training.pretraining.preparation import (
    make_trainer,
    prepare_data,
)

LR, WEIGHT_DECAY = 1e-3, 0.01
ATTENTION = ("decay_offset", "occurrence_bias")
# What some configurations have no use for.
PARTS = {
    "graphmert.decay_offset",
    "graphmert.hgat",
    "graphmert.hgat.comp",
    "graphmert.occurrence",
    "graphmert.slot_embedding",
    "relation_head",
    "sbo_head",
}
# The model, the objectives, and which of the parts it is trained without.
OFTEN = {"graphmert.hgat.comp", "graphmert.occurrence"}
HGAT = {"graphmert.hgat", "graphmert.hgat.comp"}
LEAVES = {"relation_head", "graphmert.slot_embedding"}
CONFIGURATIONS = {
    "mnm both": ({}, {"mnm": "both"}, OFTEN),
    "mnm leaf": ({}, {"mnm": "leaf"}, {*OFTEN, "relation_head"}),
    "mnm relation": ({}, {"mnm": "relation"}, OFTEN),
    "no hgat": ({"hgat": False}, {}, OFTEN | HGAT),
    "bases": ({"hgat_num_bases": 2}, {}, {"graphmert.occurrence"}),
    "no decay": ({"decay": False}, {}, {*OFTEN, "graphmert.decay_offset"}),
    "decay multiply": ({"decay_mode": "multiply"}, {}, OFTEN),
    "decay bias": ({"decay_mode": "bias"}, {}, OFTEN),
    "sdpa": ({"decay_mode": "bias", "attention": "sdpa"}, {}, OFTEN),
    "occurrence bias": (
        {"occurrence": "bias"},
        {},
        {"graphmert.hgat.comp"},
    ),
    "occurrence hgat": ({"occurrence": "hgat"}, {}, OFTEN),
    "no spans": ({}, {"span": False}, {*OFTEN, "sbo_head"}),
    "no boundaries": ({}, {"sbo": False}, {*OFTEN, "sbo_head"}),
    "no leaves": (
        {"hgat": False},
        {"leaves": False},
        OFTEN | HGAT | LEAVES,
    ),
    "no leaves, occurrence bias": (
        {"hgat": False, "occurrence": "bias"},
        {"leaves": False},
        HGAT | LEAVES,
    ),
    "no leaves, occurrence hgat": (
        {"occurrence": "hgat"},
        {"leaves": False},
        OFTEN | LEAVES,
    ),
}


def trainer_of(model, dataset, output, objectives=None, **changes):
    arguments = GraphMertTrainingArguments(
        **{
            "output_dir": str(output),
            "max_steps": 2,
            "token_budget": 2000,
            "learning_rate": LR,
            "weight_decay": WEIGHT_DECAY,
            "save_strategy": "no",
            "report_to": "none",
            "disable_tqdm": True,
            "use_cpu": True,
            **changes,
        }
    )
    data = prepare_data(dataset, held_out_share=0.2, objectives=objectives)
    return make_trainer(model, data, arguments)


def group_by_meaning(model, name):
    """Return the group of a parameter, by what it is rather than its shape."""
    module, _, own = name.rpartition(".")
    if own in ATTENTION:
        return "attention"
    is_norm = isinstance(model.get_submodule(module), nn.LayerNorm)
    return "no_decay" if is_norm or own == "bias" else "decay"


def check_groups(model, optimizer):
    names = {id(p): name for name, p in model.named_parameters()}
    settings = {
        "decay": (LR, WEIGHT_DECAY),
        "no_decay": (LR, 0.0),
        "attention": (50 * LR, 0.0),
    }
    found = []
    for group in optimizer.param_groups:
        lr, weight_decay = settings[group["name"]]
        assert group["initial_lr"] == pytest.approx(lr)
        assert group["weight_decay"] == weight_decay
        for parameter in group["params"]:
            name = names[id(parameter)]
            assert group["name"] == group_by_meaning(model, name), name
            found.append(name)
    trained = [n for n, p in model.named_parameters() if p.requires_grad]
    assert sorted(found) == sorted(trained)


def train_and_check(model, trainer):
    """Train; check that all parameters that require gradients move."""
    before = {n: p.detach().clone() for n, p in model.named_parameters()}
    # A matrix moves by its decay, too.
    with_gradient = set()
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            parameter.register_post_accumulate_grad_hook(
                lambda p, name=name: (
                    with_gradient.add(name) if p.grad.any() else None
                )
            )
    trainer.train()
    check_groups(model, trainer.optimizer)
    for name, parameter in model.named_parameters():
        moved = not torch.equal(parameter, before[name])
        assert moved == parameter.requires_grad, name
        assert (name in with_gradient) == parameter.requires_grad, name


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_every_parameter_is_in_the_optimizer_and_moves(dataset, tmp_path, name):
    sizes, objectives, without = CONFIGURATIONS[name]
    objectives = ObjectiveArguments(**objectives)
    torch.manual_seed(0)
    model = build_model(
        ModelArguments(
            num_hidden_layers=1,
            hidden_size=16,
            num_attention_heads=2,
            intermediate_size=16,
            **sizes,
        ),
        objectives,
        dataset.schema,
        dataset.tokenizer,
    )
    trained = [n for n, p in model.named_parameters() if p.requires_grad]
    parts = {part for part in PARTS if any(n.startswith(part) for n in trained)}
    assert parts == PARTS - without
    trainer = trainer_of(model, dataset, tmp_path, objectives)
    train_and_check(model, trainer)


@pytest.mark.parametrize(
    ("encoder", "options"),
    [
        ("roberta", {"position": "none"}),
        ("roberta", {"tie_word_embeddings": False}),
        ("roberta", {"num_transform_layers": 2}),
        ("modernbert", {}),
        ("distilbert", {"occurrence": "bias"}),
    ],
)
def test_those_of_other_encoders_too(dataset, tmp_path, encoder, options):
    tokens = ("bos", "eos", "cls", "sep")
    sizes = {f"{token}_token_id": None for token in tokens} | {
        "vocab_size": len(dataset.tokenizer),
        "hidden_size": 8,
        "intermediate_size": 8,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "pad_token_id": 0,
    }
    torch.manual_seed(0)
    config = GraphMertConfig(
        backbone_config=AutoConfig.for_model(encoder, **sizes),
        mask_token_id=dataset.tokenizer.mask_token_id,
        **options,
    )
    model = GraphMertForPreTraining(config)
    train_and_check(model, trainer_of(model, dataset, tmp_path))
