"""`gmert pretrain`: train a model on chain graphs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from transformers import set_seed
from transformers.trainer_utils import get_last_checkpoint

from gmert_pyg.cli.comparison import compare, print_comparison
from gmert_pyg.cli.model_facts import pretraining_facts
from gmert_pyg.cli.options import add_data_options, add_seed, read_dataset
from gmert_pyg.cli.reporting import check_report_to, sending_losses
from gmert_pyg.data.dataset import CodeChainGraphs
from gmert_pyg.nn import GraphMertConfig, GraphMertForPreTraining
from gmert_pyg.nn.dataset_checks import check_schema, check_tokenizer
from gmert_pyg.nn.model_card import write_model_card
from gmert_pyg.tokenization import tokenizer_hash
from gmert_pyg.training import GraphMertTrainingArguments
from gmert_pyg.training.precision import PRECISIONS
from gmert_pyg.training.pretraining_run import (
    make_trainer,
    prepare_data,
    start_from_frequencies,
)

PRESETS = ("small", "base", "codebert")
OCCURRENCE = ("off", "bias", "hgat")


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "pretrain",
        help="train a model by masked language and node modelling",
        description="Train a GraphMERT model by masked language modelling and"
        " masked node modelling, holding out whole projects, or of one project,"
        " whole top-level modules.",
    )
    add_data_options(parser)
    add_training_options(parser)
    parser.add_argument(
        "--output",
        required=True,
        metavar="DIR",
        help="where to write the model and its checkpoints",
    )
    parser.add_argument(
        "--preset",
        choices=PRESETS,
        default="small",
        help="size of the encoder (default: %(default)s)",
    )
    add_occurrence(parser)
    parser.add_argument(
        "--save-steps",
        type=int,
        default=500,
        metavar="N",
        help="steps between checkpoints (default: %(default)s)",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on from the last checkpoint in the output directory",
    )
    parser.add_argument(
        "--license",
        metavar="NAME",
        help="licence of the weights, such as 'mit', for the model card"
        " (default: not stated)",
    )
    parser.set_defaults(run=run)


def add_training_options(
    parser: argparse.ArgumentParser,
    max_steps: int = 1000,
    token_budget: int = 4096,
    precision: str = "auto",
) -> None:
    """Add how long and how fast to train, and whom to tell."""
    group = parser.add_argument_group("training")
    group.add_argument(
        "--max-steps",
        type=int,
        default=max_steps,
        metavar="N",
        help="optimizer steps (default: %(default)s)",
    )
    group.add_argument(
        "--token-budget",
        type=int,
        default=token_budget,
        metavar="N",
        help="nodes of a padded batch (default: %(default)s)",
    )
    group.add_argument(
        "--learning-rate",
        type=float,
        default=1e-3,
        metavar="LR",
        help="peak learning rate (default: %(default)s)",
    )
    group.add_argument(
        "--precision",
        choices=PRECISIONS,
        default=precision,
        help="'auto' is bf16 autocast where the device multiplies it faster:"
        " GPUs with bf16 tensor cores, CPUs with AMX or AVX512_BF16; results"
        " differ slightly from float32 (default: %(default)s)",
    )
    group.add_argument(
        "--report-to",
        choices=("none", "wandb", "tensorboard"),
        default="none",
        help="where to send losses; WANDB_MODE=offline keeps wandb on this"
        " machine (default: %(default)s)",
    )
    add_seed(parser)


def add_occurrence(parser: argparse.ArgumentParser) -> None:
    """Add what the model does with edges between occurrences of names."""
    parser.add_argument(
        "--occurrence",
        choices=OCCURRENCE,
        default="off",
        help="what edges between occurrences of names do: bias attention, carry"
        " messages of H-GAT, or nothing (default: %(default)s)",
    )


def check_occurrence(arguments: argparse.Namespace) -> None:
    """Check that there are edges for the model to use.

    Raises:
        ValueError: if they are left out.
    """
    if arguments.no_occurrences and arguments.occurrence != "off":
        raise ValueError(
            "'--occurrence' must be off with --no-occurrences (got"
            f" '{arguments.occurrence}')"
        )


def new_model(
    preset: str, dataset: CodeChainGraphs, **overrides: Any
) -> GraphMertForPreTraining:
    """Return an untrained model for a dataset's tokens and relations."""
    tokenizer = dataset.tokenizer
    config = getattr(GraphMertConfig, preset)(
        vocab_size=len(tokenizer),
        schema=dataset.schema.to_dict(),
        pad_token_id=tokenizer.pad_token_id,
        mask_token_id=tokenizer.mask_token_id,
        tokenizer_hash=tokenizer_hash(tokenizer),
        **overrides,
    )
    return GraphMertForPreTraining(config)


def check_last_checkpoint(
    output: str, model: GraphMertForPreTraining, dataset: CodeChainGraphs
) -> None:
    """Check that training can go on from the last checkpoint, if there is one.

    Raises:
        ValueError: if it is of another tokenizer, schema, size or occurrence.
    """
    last = get_last_checkpoint(output) if Path(output).is_dir() else None
    if last is None:
        return
    config = GraphMertConfig.from_pretrained(last)
    check_schema(config, dataset.schema)
    check_tokenizer(config, dataset.tokenizer)
    for name in (
        "num_hidden_layers",
        "hidden_size",
        "vocab_size",
        "occurrence",
    ):
        asked, found = getattr(model.config, name), getattr(config, name)
        if asked != found:
            raise ValueError(
                f"'output' must hold checkpoints of {name} {asked}"
                f" (got '{last}' of {found})"
            )


def training_arguments(
    arguments: argparse.Namespace, output: str | Path, **overrides: Any
) -> GraphMertTrainingArguments:
    """Translate the options into the Trainer's arguments."""
    for name in ("max_steps", "token_budget", "learning_rate", "save_steps"):
        value = getattr(arguments, name, 1)
        if not 0 < value < float("inf"):
            raise ValueError(f"'{name}' must be positive (got {value})")
    check_report_to(arguments.report_to)
    return GraphMertTrainingArguments(
        **{
            "output_dir": str(output),
            "max_steps": arguments.max_steps,
            "token_budget": arguments.token_budget,
            "learning_rate": arguments.learning_rate,
            "weight_decay": 0.01,
            "lr_scheduler_type": "cosine_with_min_lr",
            "lr_scheduler_kwargs": {
                "min_lr": min(1e-5, arguments.learning_rate)
            },
            "warmup_steps": min(500, max(1, arguments.max_steps // 10)),
            "logging_steps": max(1, arguments.max_steps // 50),
            "report_to": arguments.report_to,
            "seed": arguments.seed,
            "precision": arguments.precision,
            "save_strategy": "steps",
            "save_total_limit": 2,
            **overrides,
        }
    )


def run(arguments: argparse.Namespace) -> None:
    """Train, evaluate, save."""
    check_occurrence(arguments)
    set_seed(arguments.seed)
    training = training_arguments(
        arguments, arguments.output, save_steps=arguments.save_steps
    )
    dataset = read_dataset(arguments)
    model = new_model(
        arguments.preset, dataset, occurrence=arguments.occurrence
    )
    if arguments.resume:
        check_last_checkpoint(arguments.output, model, dataset)
    data = prepare_data(dataset, max_held_out=1000, seed=arguments.seed)
    format_name = "bf16 autocast" if training.bf16 else "float32"
    print(f"{model.num_parameters() / 1e6:.1f} M parameters, {format_name}")
    start_from_frequencies(model, data.train)
    trainer = make_trainer(model, data, training)
    with sending_losses(arguments.report_to):
        trainer.train(resume_from_checkpoint=arguments.resume or None)
    trainer.save_model(arguments.output)
    dataset.tokenizer.save_pretrained(arguments.output)
    rows = compare(trainer, data)
    print_comparison(rows)
    facts = pretraining_facts(dataset, data, trainer, rows, arguments.license)
    if trainer.is_world_process_zero() and not write_model_card(
        model, arguments.output, facts
    ):
        print(
            f"{Path(arguments.output, 'README.md')} was changed by hand and"
            " stays as it is"
        )
