"""How long and how fast the demo trains, as options."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from gmert_pyg.cli.options import add_seed
from gmert_pyg.cli.reporting import check_report_to
from gmert_pyg.training import GraphMertTrainingArguments
from gmert_pyg.training.precision import PRECISIONS

OCCURRENCE = ("off", "bias", "hgat")


def add_training_options(parser: argparse.ArgumentParser) -> None:
    """Add how long and how fast to train, and whom to tell.

    Many small steps learn faster than few large ones, this early; and the
    figures of the demo are published, so that they should not depend on the
    processor.
    """
    group = parser.add_argument_group("training")
    group.add_argument(
        "--max-steps",
        type=int,
        default=640,
        metavar="N",
        help="optimizer steps (default: %(default)s)",
    )
    group.add_argument(
        "--token-budget",
        type=int,
        default=1024,
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
        default="float32",
        help="'auto' is bf16 autocast where the device multiplies it faster:"
        " GPUs with bf16 tensor cores, CPUs with AMX or AVX512_BF16; results"
        " differ slightly from float32 (default: %(default)s)",
    )
    group.add_argument(
        "--report-to",
        "--report_to",
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
    if not arguments.occurrences and arguments.occurrence != "off":
        raise ValueError(
            "'--occurrence' must be off with --no-occurrences (got"
            f" '{arguments.occurrence}')"
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
