"""`gmert demo`: from source code to a knowledge graph, in minutes."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from transformers import set_seed

from gmert_pyg.cli.build import print_statistics
from gmert_pyg.cli.comparison import compare, print_comparison
from gmert_pyg.cli.demo_options import (
    add_occurrence,
    add_training_options,
    check_occurrence,
    training_arguments,
)
from gmert_pyg.cli.demo_outputs import (
    check_output,
    run_facts,
    write_outputs,
)
from gmert_pyg.cli.options import add_data_options, read_dataset
from gmert_pyg.cli.reporting import sending_losses
from gmert_pyg.data.dataset import CodeChainGraphs
from gmert_pyg.distill.completed_triples import (
    CompletedTriple,
    Status,
)
from gmert_pyg.distill.completion.group_scores import GroupScorer
from gmert_pyg.distill.completion.mask_predict import MaskPredict
from gmert_pyg.distill.completion.tail_lengths import TailLengths
from gmert_pyg.distill.held_out_triples import (
    complete_and_check,
    sample_triples,
)
from gmert_pyg.nn import GraphMertForPreTraining
from gmert_pyg.training.pretraining.preparation import (
    PreTrainingData,
    make_trainer,
    new_model,
    prepare_data,
    start_from_frequencies,
)
from gmert_pyg.whole_output import whole_directory

_MAX_TAIL_LENGTH = 4


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "demo",
        help="read the standard library, train, complete triples, report",
        description="Read the whole standard library into chain graphs, train"
        " a small model on the CPU, compare it with baselines on held-out"
        " modules, complete held-out triples and write a report.",
    )
    parser.add_argument(
        "--output",
        metavar="DIR",
        default="runs/demo",
        help="where to write model, metrics, triples and report"
        " (default: %(default)s)",
    )
    add_data_options(parser)
    add_training_options(parser)
    add_occurrence(parser)
    parser.add_argument(
        "--held-out",
        type=int,
        default=800,
        metavar="N",
        help="held-out graphs to evaluate on (default: %(default)s)",
    )
    parser.add_argument(
        "--completions",
        type=int,
        default=150,
        metavar="N",
        help="held-out triples to complete (default: %(default)s)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Do it all, then put the results in place at once."""
    started = time.perf_counter()
    check_occurrence(arguments)
    set_seed(arguments.seed)
    check_output(arguments.output)
    with whole_directory(arguments.output) as output:
        training = training_arguments(
            arguments, output, save_strategy="no", max_grad_norm=1.0
        )
        dataset = read_dataset(arguments)
        print_statistics(dataset.statistics)
        data = prepare_data(
            dataset, max_held_out=arguments.held_out, seed=arguments.seed
        )
        print(
            f"Train: {len(data.train):,} graphs; held out:"
            f" {len(data.split.held_out):,} graphs of"
            f" {len(data.split.held_out_groups)} projects, modules or files;"
            f" {data.split.num_duplicates:,} duplicates left out"
        )
        # Fewer than one pass over the data is made: nothing can be learnt by
        # heart, so dropout would only slow down.
        model = new_model(
            "small",
            dataset,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            occurrence=arguments.occurrence,
        )
        start_from_frequencies(model, data.train)
        trainer = make_trainer(model, data, training)
        with sending_losses(arguments.report_to):
            trainer.train()
        rows = compare(trainer, data)
        print_comparison(rows)
        triples = _complete(arguments, model, dataset, data)
        seconds = time.perf_counter() - started
        facts = run_facts(arguments, trainer, seconds)
        write_outputs(output, dataset, data, trainer, rows, triples, facts)
    confirmed = sum(row.status is not Status.UNCONFIRMED for row in triples)
    print(
        f"{len(triples)} triples completed, {confirmed} confirmed by static"
        f" analysis\nReport: {Path(arguments.output, 'report.html')}"
    )
    print(
        f"Building took {dataset.statistics['seconds']:.0f} s, everything"
        f" {seconds:.0f} s; peak memory of the"
        f" largest process {facts['peak memory']}"
    )


def _complete(
    arguments: argparse.Namespace,
    model: GraphMertForPreTraining,
    dataset: CodeChainGraphs,
    data: PreTrainingData,
) -> list[CompletedTriple]:
    tokenizer = dataset.tokenizer
    graphs, numbers = sample_triples(
        data.held_out, arguments.completions, arguments.seed
    )
    scorer = GroupScorer.of(model, tokenizer)
    lengths = TailLengths.of_graphs(
        data.train_batch(), dataset.schema.num_relations, _MAX_TAIL_LENGTH
    )
    return complete_and_check(
        MaskPredict(scorer, lengths),
        graphs,
        numbers,
        dataset.kg,
        tokenizer,
        progress=True,
    )
