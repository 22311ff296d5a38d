"""Every flag of ours changes something."""

from dataclasses import fields

import pytest
from transformers import TrainingArguments

from gmert_pyg import GraphMertTokenizer
from gmert_pyg.schema import DEFAULT_SCHEMA
from gmert_pyg.training import GraphMertTrainingArguments
from gmert_pyg.training.pretraining import data as run_data
from gmert_pyg.training.pretraining.arguments import (
    ModelArguments,
    ObjectiveArguments,
    PreTrainingDataArguments,
    RunArguments,
)
from gmert_pyg.training.pretraining.masks import make_masks
from gmert_pyg.training.pretraining.model import model_config
from gmert_pyg.transforms import (
    DropLeaves,
    MaskLeaves,
    MaskRelations,
    MaskSpans,
)

# Flags, and the argument of CodeChainGraphs that they change to a value.
DATA = [
    (["--data", "here"], "root", "here"),
    (["--source", "a.jsonl"], "source", "a.jsonl"),
    (["--languages", "go,c"], "languages", ["go", "c"]),
    (["--unit", "file"], "unit", "file"),
    (["--max_roots", "64"], "max_roots", 64),
    (["--repeat-signature"], "repeat_signature", True),
    (["--max_triples_per_head", "2"], "max_triples_per_head", 2),
    (["--no-occurrences"], "occurrences", False),
    (["--schema", "extended"], "schema", "extended"),
    (["--alpha", "0.5"], "alpha", 0.5),
    (["--local_only"], "local_only", True),
    (["--non_local_only"], "non_local_only", True),
    (["--workers", "3"], "num_workers", 3),
]
# ... of GraphMertConfig.
MODEL = [
    (["--num_hidden_layers", "2"], "num_hidden_layers", 2),
    (["--hidden_size", "64"], "hidden_size", 64),
    (["--num_attention_heads", "4"], "num_attention_heads", 4),
    (["--intermediate_size", "99"], "backbone_config.intermediate_size", 99),
    (["--max_positions", "70"], "backbone_config.max_position_embeddings", 71),
    (["--dropout", "0.2"], "backbone_config.hidden_dropout_prob", 0.2),
    (
        ["--dropout", "0.2"],
        "backbone_config.attention_probs_dropout_prob",
        0.2,
    ),
    (["--no-hgat"], "hgat", False),
    (["--hgat_dropout", "0.1"], "hgat_dropout", 0.1),
    (["--hgat_num_bases", "3"], "hgat_num_bases", 3),
    (["--no-decay"], "decay", False),
    (["--decay_mode", "bias"], "decay_mode", "bias"),
    (["--occurrence", "hgat"], "occurrence", "hgat"),
    (["--attention", "sdpa", "--no-decay"], "attention", "sdpa"),
    (["--mnm", "leaf"], "relation_loss", False),
    (["--mnm", "relation"], "leaf_loss", False),
    (["--no-leaves"], "leaf_loss", False),
    (["--no-leaves"], "relation_loss", False),
    (["--no-span"], "sbo", False),
    (["--sbo", "false"], "sbo", False),
    (["--lambda_mlm", "0.3"], "lambda_mlm", 0.3),
]
# ... of the arguments of the Trainer.
TRAINING = [
    (["--token_budget", "512"], "token_budget", 512),
    (["--per_device_train_batch_size", "7"], "per_device_train_batch_size", 7),
    (["--attention_lr_multiplier", "2"], "attention_lr_multiplier", 2.0),
    (["--precision", "bf16"], "bf16", True),
    (["--save_epochs", "2"], "save_epochs", 2.0),
    (["--early_stopping_patience", "3"], "early_stopping_patience", 3),
    (["--early_stopping_patience", "3"], "load_best_model_at_end", True),
    (
        ["--wandb_project", "w", "--report_to", "wandb"],
        "wandb_project",
        "w",
    ),
    (["--report_to", "wandb"], "report_to", ["wandb"]),
    (["--device", "cpu"], "use_cpu", True),
    (["--output-dir", "there"], "output_dir", "there"),
    (["--max-steps", "5"], "max_steps", 5),
    (["--num_train_epochs", "2"], "max_steps", -1),
]


def read(config, path):
    for name in path.split("."):
        config = getattr(config, name)
    return config


def test_the_tables_hold_every_flag_of_ours(configure):
    told = {flag.lstrip("-").replace("-", "_") for table in (DATA, MODEL)
            for flags, *_ in table for flag in flags[:1]}  # fmt: skip
    told = {name.removeprefix("no_") for name in told}
    groups = (PreTrainingDataArguments, ModelArguments, ObjectiveArguments)
    ours = {field.name for group in groups for field in fields(group)}
    elsewhere = {
        "base_model",  # test_model
        "residual_scale",
        "tokenizer",
        "held_out_share",  # test_pretrain
        "max_train_samples",
        "max_eval_samples",
        "rate",  # below
    }
    assert ours - told == elsewhere
    of_run = {"dry_run", "resume", "overwrite_output_dir", "license", "device"}
    assert {field.name for field in fields(RunArguments)} == of_run
    own = {f.name for f in fields(GraphMertTrainingArguments)}
    own -= {f.name for f in fields(TrainingArguments)}
    told = {flag.lstrip("-") for flags, *_ in TRAINING for flag in flags[:1]}
    assert {
        "token_budget",
        "attention_lr_multiplier",
        "precision",
        "save_epochs",
        "early_stopping_patience",
        "wandb_project",
    } <= own & told


@pytest.mark.parametrize(("flags", "name", "value"), DATA)
def test_flags_of_the_data(flags, name, value, configure, monkeypatch):
    seen = {}
    monkeypatch.setattr(
        run_data,
        "CodeChainGraphs",
        lambda root, **options: seen.update(options, root=root),
    )
    run_data.read_graphs(configure().data)
    before = seen[name]
    run_data.read_graphs(configure(*flags).data)
    found = seen[name].name if name == "schema" else seen[name]
    assert found == value
    assert seen[name] != before


@pytest.mark.parametrize(("flags", "name", "value"), MODEL)
def test_flags_of_the_model(flags, name, value, configure):
    def config_of(*flags):
        made = configure(*flags)
        return model_config(
            made.model,
            made.objectives,
            DEFAULT_SCHEMA,
            GraphMertTokenizer.default(),
        )

    assert read(config_of(*flags), name) == value
    assert read(config_of(), name) != value


@pytest.mark.parametrize(("flags", "name", "value"), TRAINING)
def test_flags_of_the_training(flags, name, value, configure):
    assert getattr(configure(*flags).training, name) == value


@pytest.mark.parametrize(
    ("flags", "kinds", "longest", "rate"),
    [
        ([], [MaskRelations, MaskLeaves, MaskSpans], 7, 0.15),
        (["--mnm", "leaf"], [MaskLeaves, MaskSpans], 7, 0.15),
        (["--mnm", "relation"], [MaskRelations, MaskSpans], 7, 0.15),
        (["--no-span"], [MaskRelations, MaskLeaves, MaskSpans], 1, 0.15),
        (["--rate", "0.3"], [MaskRelations, MaskLeaves, MaskSpans], 7, 0.3),
        (["--no-leaves"], [DropLeaves, MaskSpans], 7, 0.15),
    ],
)
def test_flags_of_the_masks(flags, kinds, longest, rate, configure):
    objectives = configure(*flags).objectives
    tokenizer = GraphMertTokenizer.default()
    made = make_masks(tokenizer, DEFAULT_SCHEMA, objectives, seed=0)
    if "--no-leaves" in flags:
        drop, made = made.transforms
        masks = [drop, *made.masks]
    else:
        masks = made.masks
    assert [type(mask) for mask in masks] == kinds
    assert masks[-1].max_length == longest
    assert {m.rate for m in masks if hasattr(m, "rate")} == {rate}
