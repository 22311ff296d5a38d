"""`gmert demo`: from source code to a knowledge graph, in minutes."""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from transformers import set_seed

from gmert_pyg.cli.build import print_statistics
from gmert_pyg.cli.comparison import compare, print_comparison
from gmert_pyg.cli.drawing import drawn_graph
from gmert_pyg.cli.info import package_versions
from gmert_pyg.cli.options import add_data_options, read_dataset
from gmert_pyg.cli.pretrain import (
    add_training_options,
    new_model,
    training_arguments,
)
from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.data.dataset import CodeChainGraphs
from gmert_pyg.distill.completed_triples import (
    CompletedTriple,
    Status,
    write_graphml,
    write_jsonl,
)
from gmert_pyg.distill.completion import TailCompleter
from gmert_pyg.distill.held_out_triples import (
    complete_and_check,
    sample_triples,
)
from gmert_pyg.nn import GraphMertForPreTraining
from gmert_pyg.report.content import CompletedRow, MetricRow, ReportContent
from gmert_pyg.report.page import write_report
from gmert_pyg.training import GraphMertTrainer
from gmert_pyg.training.pretraining_run import (
    PreTrainingData,
    make_trainer,
    prepare_data,
)
from gmert_pyg.whole_output import whole_directory

# A graph of this many nodes still reads well in a drawing.
_DRAWN_ROOTS = range(45, 80)


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
    add_training_options(parser, max_steps=300)
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
        default=300,
        metavar="N",
        help="held-out triples to complete (default: %(default)s)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Do it all, then put the results in place at once."""
    started = time.perf_counter()
    set_seed(arguments.seed)
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
            f" {len(data.split.held_out_groups)} top-level modules;"
            f" {data.split.num_duplicates:,} near-duplicates left out"
        )
        # Fewer than one pass over the data is made: nothing can be learnt by
        # heart, so dropout would only slow down.
        model = new_model(
            "small",
            dataset,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
        trainer = make_trainer(model, data, training)
        trainer.train()
        rows = compare(trainer, data)
        print_comparison(rows)
        triples = _complete(arguments, model, dataset, data)
        seconds = time.perf_counter() - started
        facts = _facts(arguments, model, trainer, seconds)
        _write(output, model, dataset, data, trainer, rows, triples, facts)
    confirmed = sum(row.status is not Status.UNCONFIRMED for row in triples)
    print(
        f"{len(triples)} triples completed, {confirmed} confirmed by static"
        f" analysis\nReport: {Path(arguments.output, 'report.html')}"
    )
    print(
        f"Building took {dataset.statistics['seconds']:.0f} s, everything"
        f" {seconds:.0f} s; peak memory {facts['peak memory']}"
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
    completer = TailCompleter(
        model,
        tokenizer.mask_token_id,
        banned_token_ids=tokenizer.all_special_ids,
    )
    return complete_and_check(
        completer, graphs, numbers, dataset.kg, tokenizer, progress=True
    )


def peak_memory() -> float:
    """Return the most memory that this process or a child held, in GiB."""
    kilobytes = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    # macOS counts bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return kilobytes * unit / 2**30


def _facts(
    arguments: argparse.Namespace,
    model: GraphMertForPreTraining,
    trainer: GraphMertTrainer,
    seconds: float,
) -> dict[str, str]:
    versions = package_versions()
    device = (
        torch.cuda.get_device_name()
        if torch.cuda.is_available()
        else f"CPU, {os.cpu_count()} processors"
    )
    return {
        "command": f"gmert demo --max-steps {arguments.max_steps}"
        f" --token-budget {arguments.token_budget}"
        f" --learning-rate {arguments.learning_rate}"
        f" --seed {arguments.seed} --source {arguments.source}",
        "hardware": device,
        "versions": ", ".join(
            f"{package} {version}" for package, version in versions.items()
        ),
        "parameters": f"{model.num_parameters() / 1e6:.1f} M",
        "steps": f"{trainer.state.global_step}",
        "seed": f"{arguments.seed}",
        "time": f"{seconds:.0f} s",
        "peak memory": f"{peak_memory():.1f} GiB",
    }


def _write(
    output: Path,
    model: GraphMertForPreTraining,
    dataset: CodeChainGraphs,
    data: PreTrainingData,
    trainer: GraphMertTrainer,
    rows: list[MetricRow],
    triples: list[CompletedTriple],
    facts: dict[str, str],
) -> None:
    model.save_pretrained(output)
    dataset.tokenizer.save_pretrained(output)
    write_jsonl(triples, output / "kg.jsonl")
    write_graphml(triples, output / "kg.graphml")
    statistics = dataset.statistics
    metrics = {
        "held_out": [asdict(row) for row in rows],
        "completions": completion_metrics(triples),
        "held_out_modules": list(data.split.held_out_groups),
        "near_duplicates_left_out": data.split.num_duplicates,
        "dataset": statistics,
        "log_history": trainer.state.log_history,
        "run": facts,
    }
    (output / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    write_report(
        _report(dataset, data, trainer, rows, triples, facts),
        output / "report.html",
    )


def completion_metrics(triples: list[CompletedTriple]) -> dict[str, float]:
    """Return the share of completed triples by what static analysis says.

    Args:
        triples: the completed triples.
    """
    metrics: dict[str, float] = {"triples": len(triples)}
    for place, subset in (
        ("all", triples),
        ("local", [triple for triple in triples if triple.local]),
        ("non_local", [triple for triple in triples if not triple.local]),
    ):
        counts = Counter(triple.status for triple in subset)
        for status in Status:
            metrics[f"{place}_{status}"] = counts[status] / max(len(subset), 1)
    return metrics


def _report(
    dataset: CodeChainGraphs,
    data: PreTrainingData,
    trainer: GraphMertTrainer,
    rows: list[MetricRow],
    triples: list[CompletedTriple],
    facts: dict[str, str],
) -> ReportContent:
    statistics = dataset.statistics
    graph = _graph_to_draw(data)
    skipped = ", ".join(statistics["skipped"]) or "none"
    return ReportContent(
        title="GraphMERT on the Python standard library"
        if dataset.source.name == "stdlib"
        else f"GraphMERT on {dataset.source.name}",
        facts=facts,
        log_history=trainer.state.log_history,
        metrics=rows,
        graph=drawn_graph(graph, dataset.tokenizer, dataset.schema),
        completions=[
            CompletedRow(
                head=triple.head,
                relation=triple.relation,
                tail=triple.tail,
                hidden_tail=triple.hidden_tail,
                confidence=triple.confidence,
                status=str(triple.status),
                file=triple.file,
                line=triple.line,
            )
            for triple in sorted(triples, key=lambda item: -item.confidence)
        ],
        summary={
            "source": statistics["source"],
            "files": f"{statistics['files']:,}",
            "files skipped": skipped,
            "functions": f"{statistics['functions']:,}",
            "graphs": f"{statistics['graphs']:,}",
            "roots": f"{statistics['roots']:,}",
            "leaves": f"{statistics['leaves']:,}",
            "triples": f"{statistics['triples']:,}",
            "triples whose tail the chunk shows": (
                f"{statistics['local_share']:.0%}"
            ),
            "time to build": f"{statistics['seconds']:.0f} s",
            "training graphs": f"{len(data.train):,}",
            "near-duplicates left out": f"{data.split.num_duplicates:,}",
            "held-out modules": ", ".join(data.split.held_out_groups),
        },
        notes=[
            "Held-out modules were never trained on: whole top-level modules"
            " are held out, and training functions that nearly repeat a"
            " held-out one were left out.",
            "The baselines were fitted on all training graphs. The model saw"
            " fewer: see the number of steps.",
        ],
    )


def _graph_to_draw(data: PreTrainingData) -> ChainGraph:
    """Choose the held-out graph with most triples that is not too long."""
    graphs = list(data.held_out)
    short = [graph for graph in graphs if graph.num_roots in _DRAWN_ROOTS]
    return max(short or graphs, key=lambda graph: graph.num_triples)
