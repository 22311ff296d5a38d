"""Time the loading of training batches, and what training waits for it.

The reference is what PyG does by itself: graphs read and masked one at a time,
then put together by `Batch.from_data_list`. It gives the same batches, which is
checked. The contestants take turns over the same batches, with one thread, and
the median of the repeats is reported, on the clock and of the processor: beside
other work the processor's is the one to trust. The wait is that of a training
of `GraphMertTrainer` with the preset `small`, as its log has it.

python experiments/benchmark_loading.py --data data --json loading.json
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import torch
from benchmark_model import hardware
from loading_ways import Figures, Loading, take_turns

from gmert_pyg import CodeChainGraphs, GraphMertConfig, GraphMertForPreTraining
from gmert_pyg.package_versions import package_versions
from gmert_pyg.training import (
    GraphMertTrainer,
    GraphMertTrainingArguments,
    PlanBatchSampler,
)
from gmert_pyg.training.batches.loader import batch_loader
from gmert_pyg.whole_output import whole_file

# The CodeBERT port's samples, as often as it reads them, in three minutes.
DEMAND = 10_485 * 25 / 180


def at_budget(
    loading: Loading, token_budget: int, num_graphs: int, repeats: int
) -> Figures:
    """Time all ways at one token budget, over about so many graphs."""
    lengths = loading.view.graphs.num_nodes_per_graph
    plan: list[list[int]] = []
    for draws in PlanBatchSampler(lengths, token_budget):
        plan.append(draws)
        if sum(map(len, plan)) >= num_graphs:
            break
    loading.compare(plan[0])
    graphs = sum(map(len, plan))
    nodes = sum(int(lengths[draws].sum()) for draws in plan)
    read = [loading.read(draws) for draws in plan]
    times = take_turns(
        {
            "read": (loading.read, plan),
            "whole": (loading.load, plan),
            "one_by_one": (loading.load_one_by_one, plan),
            **{
                f"masks.{name}": (run, read)
                for name, run in loading.mask_runs().items()
            },
        },
        graphs,
        repeats,
    )
    masks = {
        name.removeprefix("masks."): times.pop(name)
        for name in [*times]
        if name.startswith("masks.")
    }
    slow, fast = times["one_by_one"], times["whole"]
    return {
        "token_budget": token_budget,
        "graphs": graphs,
        "graphs_per_batch": graphs / len(plan),
        "nodes_per_batch": nodes / len(plan),
        "masks": masks,
        **times,
        "one_by_one_to_whole_wall": slow["wall_s"] / fast["wall_s"],
        "one_by_one_to_whole_cpu": slow["cpu_s"] / fast["cpu_s"],
        "whole_cpu_microseconds_per_node": 1e6 * fast["cpu_s"] / nodes,
    }


def with_workers(
    loading: Loading, token_budget: int, num_workers: int, folder: str
) -> Figures:
    """Count what the loader delivers in an epoch to one that only takes it.

    Processes start and stop within a second or so: the first batch of each is
    not counted.
    """
    sampler = PlanBatchSampler(
        loading.view.graphs.num_nodes_per_graph, token_budget
    )
    arguments = GraphMertTrainingArguments(
        folder,
        use_cpu=True,
        report_to="none",
        dataloader_num_workers=num_workers,
    )
    batches = iter(
        batch_loader(loading.view, sampler, loading.collate, arguments)
    )
    for _ in range(max(num_workers, 1)):
        next(batches)
    started = time.perf_counter()
    graphs = sum(inputs["batch"].num_graphs for inputs in batches)
    took = time.perf_counter() - started
    return {
        "num_workers": num_workers,
        "token_budget": token_budget,
        "graphs": graphs,
        "wall_graphs_per_second": graphs / took,
    }


def wait_of_training(
    loading: Loading, token_budget: int, steps: int, folder: str
) -> Figures:
    """Train the preset `small` for some steps; return its log's last entry."""
    graphs = loading.view.graphs
    torch.manual_seed(0)
    config = GraphMertConfig.small(vocab_size=len(graphs.tokenizer))
    arguments = GraphMertTrainingArguments(
        folder,
        max_steps=steps,
        token_budget=token_budget,
        logging_steps=steps,
        save_strategy="no",
        report_to="none",
        use_cpu=True,
        disable_tqdm=True,
    )
    trainer = GraphMertTrainer(
        GraphMertForPreTraining(config),
        arguments,
        train_dataset=graphs,
        train_collator=loading.collate,
    )
    trainer.train()
    (entry,) = (e for e in trainer.state.log_history if "data_wait" in e)
    return {
        "preset": "small",
        "token_budget": token_budget,
        "steps": steps,
        "num_workers": arguments.dataloader_num_workers,
        "share_of_step_time_waiting": entry["data_wait"],
        "graphs_per_second": entry["graphs_per_second"],
    }


def against_demand(budgets: list[Figures]) -> list[Figures]:
    """Say how many processes keep a GPU of a given speed busy."""
    return [
        {
            "token_budget": row["token_budget"],
            "graphs_per_second_of_one_process": rate,
            "of_processors_time": row["whole"]["cpu_graphs_per_second"],
            "processes_for_the_demand": DEMAND / rate,
        }
        for row in budgets
        for rate in [row["whole"]["wall_graphs_per_second"]]
    ]


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", default="data", metavar="ROOT")
    parser.add_argument("--source", default="stdlib")
    parser.add_argument(
        "--budgets", type=int, nargs="+", default=[1024, 8192, 32_768]
    )
    parser.add_argument("--graphs", type=int, default=4000, metavar="N")
    parser.add_argument("--repeats", type=int, default=5, metavar="N")
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=30, metavar="N")
    parser.add_argument("--train-budget", type=int, default=4096, metavar="N")
    parser.add_argument("--beside", metavar="TEXT", help="what else ran")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    least = {"workers": 0}
    for name in (
        *("budgets", "graphs", "repeats", "workers"),
        *("steps", "train_budget"),
    ):
        value = getattr(options, name)
        lowest = min(value) if isinstance(value, list) else value
        if lowest < least.get(name, 1):
            parser.error(
                f"'{name}' must be at least {least.get(name, 1)} (got {value})"
            )
    return options


def main() -> int:
    """Run everything and print or write a report."""
    options = read_options()
    torch.set_num_threads(1)
    report: Figures = {
        "command": f"python {' '.join(sys.argv)}",
        "hardware": hardware("cpu"),
        "threads": torch.get_num_threads(),
        "load_average_before": os.getloadavg()[0],
        "versions": package_versions(),
        "beside": options.beside,
    }
    graphs = CodeChainGraphs(options.data, source=options.source)
    loading = Loading(graphs)
    budgets = [
        at_budget(loading, budget, options.graphs, options.repeats)
        for budget in options.budgets
    ]
    with tempfile.TemporaryDirectory() as folder:
        report |= {
            "dataset": {
                "source": options.source,
                "graphs": len(graphs),
                "mean_nodes": float(graphs.num_nodes_per_graph.mean()),
            },
            "budgets": budgets,
            "workers": [
                with_workers(loading, options.budgets[-1], number, folder)
                for number in options.workers
            ],
            "gpu_demand": {
                "graphs_per_second": DEMAND,
                "of": "10,485 graphs x 25 epochs in 3 minutes",
                "loader": against_demand(budgets),
            },
            "wait": wait_of_training(
                loading, options.train_budget, options.steps, folder
            ),
        }
    print(json.dumps(report, indent=2))
    if options.json is not None:
        with whole_file(options.json) as temporary:
            temporary.write_text(json.dumps(report, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
