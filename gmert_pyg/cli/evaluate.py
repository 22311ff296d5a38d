"""`gmert evaluate`: a trained model beside the baselines."""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import asdict
from typing import Any

from gmert_pyg.cli.comparison import compare, print_comparison
from gmert_pyg.cli.model_directory import read_config
from gmert_pyg.cli.options import add_data_options, add_seed, read_dataset
from gmert_pyg.nn import GraphMertForPreTraining
from gmert_pyg.training import GraphMertTrainingArguments
from gmert_pyg.training.pretraining.preparation import (
    make_trainer,
    prepare_data,
)
from gmert_pyg.whole_output import whole_file


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "evaluate",
        help="compare a trained model with the baselines",
        description="Evaluate a model on held-out modules, next to a majority"
        " and a string-lookup baseline fitted on the training modules.",
    )
    parser.add_argument("model", metavar="MODEL", help="directory of a model")
    add_data_options(parser)
    add_seed(parser)
    parser.add_argument(
        "--held-out",
        type=int,
        default=1000,
        metavar="N",
        help="held-out graphs to evaluate on (default: %(default)s)",
    )
    parser.add_argument(
        "--json", metavar="FILE", help="write the metrics to a file too"
    )
    parser.set_defaults(run=run)


def load_model(directory: str) -> GraphMertForPreTraining:
    """Load a model that was saved to a directory.

    Raises:
        ValueError: if there is none, or if it is damaged.
    """
    model: GraphMertForPreTraining = GraphMertForPreTraining.from_pretrained(
        directory, config=read_config(directory)
    )
    return model


def run(arguments: argparse.Namespace) -> None:
    """Evaluate, and print the table."""
    model = load_model(arguments.model)
    dataset = read_dataset(arguments)
    model.check_dataset(dataset)
    data = prepare_data(
        dataset, max_held_out=arguments.held_out, seed=arguments.seed
    )
    with tempfile.TemporaryDirectory() as scratch:
        training = GraphMertTrainingArguments(
            output_dir=scratch, report_to="none", seed=arguments.seed
        )
        rows = compare(make_trainer(model, data, training), data)
    print_comparison(rows)
    if arguments.json:
        with whole_file(arguments.json) as temporary:
            temporary.write_text(
                json.dumps([asdict(row) for row in rows], indent=2) + "\n"
            )
