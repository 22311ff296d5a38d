"""What `gmert demo` writes: model, metrics, triples and report."""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import torch

from gmert_pyg.cli.model_facts import pretraining_facts
from gmert_pyg.data.chain_graph import ChainGraph
from gmert_pyg.data.dataset import CodeChainGraphs
from gmert_pyg.distill.completed_triples import (
    CompletedTriple,
    Status,
    write_graphml,
    write_jsonl,
)
from gmert_pyg.nn.model_card import FILE_NAME as CARD
from gmert_pyg.nn.model_card import is_untouched, write_model_card
from gmert_pyg.package_versions import package_versions
from gmert_pyg.report.content import CompletedRow, MetricRow, ReportContent
from gmert_pyg.report.drawing import drawn_graph
from gmert_pyg.report.page import write_report
from gmert_pyg.training import GraphMertTrainer
from gmert_pyg.training.pretraining.preparation import PreTrainingData

_OUTPUTS = {
    CARD,
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
    "metrics.json",
    "kg.jsonl",
    "kg.graphml",
    "report.html",
}
# A graph of this size still reads well in a drawing.
_DRAWN_ROOTS, _DRAWN_TRIPLES = range(45, 80), 30


def check_output(directory: str) -> None:
    """Refuse to replace a directory that holds anything but a demo's outputs,
    or a model card that was changed by hand.

    Raises:
        ValueError: naming what it holds.
    """
    path = Path(directory)
    if not path.is_dir():
        return
    foreign = sorted({entry.name for entry in path.iterdir()} - _OUTPUTS)
    if (path / CARD).is_file() and not is_untouched(path / CARD):
        foreign.append(CARD)
    if foreign:
        raise ValueError(
            "'output' must be a new directory or that of an earlier demo, which"
            f" is replaced (got '{directory}' with '{foreign[0]}')"
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


def run_facts(
    arguments: argparse.Namespace,
    trainer: GraphMertTrainer,
    seconds: float,
) -> dict[str, str]:
    """Return what a run was and cost, for reports.

    Args:
        arguments: the options of the command.
        trainer: holds the trained model.
        seconds: how long the run took.
    """
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
        f" --occurrence {arguments.occurrence}"
        f" --seed {arguments.seed} --source {arguments.source}",
        "hardware": device,
        "versions": ", ".join(
            f"{package} {version}" for package, version in versions.items()
        ),
        "parameters": f"{trainer.graph_model.num_parameters() / 1e6:.1f} M",
        "steps": f"{trainer.state.global_step}",
        "seed": f"{arguments.seed}",
        "time": f"{seconds:.0f} s",
        "peak memory": f"{peak_memory():.1f} GiB",
    }


def write_outputs(
    output: Path,
    dataset: CodeChainGraphs,
    data: PreTrainingData,
    trainer: GraphMertTrainer,
    rows: list[MetricRow],
    triples: list[CompletedTriple],
    facts: dict[str, str],
) -> None:
    """Write all outputs of a run into a directory.

    Args:
        output: the directory.
        dataset: what was read.
        data: how it was split.
        trainer: holds the trained model and its history.
        rows: the model beside the baselines.
        triples: the completed triples.
        facts: the cost of the run.
    """
    trainer.graph_model.save_pretrained(output)
    card = pretraining_facts(dataset, data, trainer, rows)
    write_model_card(trainer.graph_model, output, card)
    dataset.tokenizer.save_pretrained(output)
    write_jsonl(triples, output / "kg.jsonl")
    write_graphml(triples, output / "kg.graphml")
    statistics = dataset.statistics
    metrics = {
        "held_out": [asdict(row) for row in rows],
        "completions": completion_metrics(triples),
        "held_out_modules": list(data.split.held_out_groups),
        "split": data.split.statistics(),
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
            "duplicates left out": f"{data.split.num_duplicates:,}",
            "held-out modules": ", ".join(data.split.held_out_groups),
        },
        notes=[
            "Held-out code was never trained on: whole projects, or of one"
            " project whole top-level modules, are held out, and training"
            " functions that repeat or nearly repeat a held-out one were left"
            " out.",
            "The baselines were fitted on all training graphs. The model saw"
            " fewer: see the number of steps.",
        ],
    )


def _graph_to_draw(data: PreTrainingData) -> ChainGraph:
    """Choose a held-out graph that is easy to take in."""
    graphs: list[ChainGraph] = list(data.held_out)
    windows = Counter((graph.path, graph.qualified_name) for graph in graphs)
    short = [
        graph
        for graph in graphs
        if graph.num_roots in _DRAWN_ROOTS
        and windows[graph.path, graph.qualified_name] == 1
    ]
    return min(
        short or graphs,
        key=lambda graph: abs(graph.num_triples - _DRAWN_TRIPLES),
    )
