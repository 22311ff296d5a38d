"""`gmert evaluate`: a trained model beside the baselines."""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import asdict
from typing import Any

from tabulate import tabulate

from gmert_pyg.cli.comparison import compare, print_comparison
from gmert_pyg.cli.model_directory import read_config
from gmert_pyg.cli.options import add_data_options, add_seed, read_dataset
from gmert_pyg.data.dataset import CodeChainGraphs
from gmert_pyg.distill.completion.group_scores import GroupScorer
from gmert_pyg.distill.verification.hidden_set import check_share, hide_share
from gmert_pyg.distill.verification.protocol import (
    HiddenTripleProtocol,
    Verification,
)
from gmert_pyg.nn import GraphMertForPreTraining
from gmert_pyg.training import GraphMertTrainingArguments
from gmert_pyg.training.pretraining.preparation import (
    PreTrainingData,
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
        " and a string-lookup baseline fitted on the training modules. Then"
        " hide triples of held-out code, complete them, and compare with what"
        " counting and looking around complete.",
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
    hidden = parser.add_argument_group("hidden triples")
    hidden.add_argument(
        "--hidden",
        type=int,
        default=100,
        metavar="N",
        help="held-out graphs to hide triples of, 0 for none (default:"
        " %(default)s)",
    )
    hidden.add_argument(
        "--hidden-share",
        type=float,
        default=0.2,
        metavar="P",
        help="the share of their triples to hide (default: %(default)s)",
    )
    hidden.add_argument(
        "--calibrate",
        action="store_true",
        help="write beside the model how far its probabilities of hidden"
        " triples are to be believed, for `gmert extract`",
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
    """Evaluate, and print the tables."""
    _check(arguments)
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
    found: dict[str, Any] = {"held_out": [asdict(row) for row in rows]}
    if arguments.hidden:
        verification = _verify(arguments, model, dataset, data)
        print_verification(verification)
        found["hidden_triples"] = verification.to_dict()
        if arguments.calibrate:
            verification.calibration.save(arguments.model)
    if arguments.json:
        with whole_file(arguments.json) as temporary:
            temporary.write_text(json.dumps(found, indent=2) + "\n")


def _check(arguments: argparse.Namespace) -> None:
    if arguments.hidden < 0:
        raise ValueError(
            f"'hidden' must not be negative (got {arguments.hidden})"
        )
    if arguments.calibrate and not arguments.hidden:
        raise ValueError(
            "'calibrate' must not be given without hidden triples (got"
            " --hidden 0)"
        )
    check_share(arguments.hidden_share, "hidden_share")


def _verify(
    arguments: argparse.Namespace,
    model: GraphMertForPreTraining,
    dataset: CodeChainGraphs,
    data: PreTrainingData,
) -> Verification:
    """Hide triples of held-out graphs, and complete them."""
    held_out = data.held_out
    hidden = hide_share(
        held_out.index_select(
            list(range(min(arguments.hidden, len(held_out))))
        ),
        arguments.hidden_share,
        arguments.seed,
    )
    scorer = GroupScorer.of(model, dataset.tokenizer)
    protocol = HiddenTripleProtocol(dataset, data.train, hidden)
    return protocol.verify(scorer, progress=True)


def print_verification(found: Verification) -> None:
    """Print how well hidden triples were completed, by group."""
    who = tuple(found.metrics)
    print()
    print(
        tabulate(
            [
                (
                    group,
                    f"{metrics['queries']:,}",
                    *(
                        f"{found.metrics[name][group][metric]:.3f}"
                        for metric in ("mrr", "hits@10")
                        for name in who
                    ),
                )
                for group, metrics in found.metrics[who[0]].items()
            ],
            (
                "hidden triples",
                "asked",
                *(f"MRR\n{name}" for name in who),
                *(f"hits@10\n{name}" for name in who),
            ),
            disable_numparse=True,
            colalign=("left", *["right"] * (1 + 2 * len(who))),
        )
    )
    calibration = found.calibration
    print(
        f"Best answers: temperature {calibration.temperature:.2f}, calibration"
        f" error {calibration.error:.3f} ({calibration.error_before:.3f}"
        " without it)"
    )
