"""Time HGATConv, as ratios in one run: is it as fast as it can be.

The reference is what nobody can avoid: one matrix product per target and
relation, all of them grouped, with the gradients of its rows and matrices.
Triples have heads of three tokens and tails of two. The contestants take turns,
and least and median times are reported, on the clock and of the processor: on a
busy machine the processor's are the ones to trust, with one thread.

python experiments/benchmark_hgat.py --threads 1 --json hgat.json
python experiments/benchmark_hgat.py --device cuda --dtype bfloat16
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from unittest import mock

import torch
import torch_geometric.typing
from relation_memory import many_relations
from torch import Tensor
from triple_loop import (
    HEAD,
    Triples,
    indexed_loop,
    make_triples,
    unbound_loop,
)

from gmert_pyg.nn import HGATConv
from gmert_pyg.nn.conv.grouped_matmul import grouped_matmul
from gmert_pyg.whole_output import whole_file

Run = Callable[[Triples], Tensor]
Figures = dict[str, object]
Times = dict[str, dict[str, float]]


def layer(triples: Triples) -> Tensor:
    """Run the layer."""
    out: Tensor = triples.conv(triples.x, triples.edge_index, triples.edge_type)
    return out


def without_scatter(triples: Triples) -> Tensor:
    """Run the layer as where torch-scatter is not installed."""
    with mock.patch.object(torch_geometric.typing, "WITH_TORCH_SCATTER", False):
        return layer(triples)


def make_product(triples: Triples) -> Run:
    """Make the grouped product of as many rows, which are there already."""
    relation = triples.edge_type[::HEAD].sort().values
    rows = triples.x[: relation.numel()].clone()

    def run(triples: Triples) -> Tensor:
        rows.grad = None
        rows.requires_grad_(torch.is_grad_enabled())
        return grouped_matmul(rows, triples.conv.weight, relation)

    return run


def seconds(run: Run, triples: Triples, backward: bool) -> tuple[float, float]:
    """Time one run, on the clock and of the processor."""
    triples.x.requires_grad_(backward)
    triples.x.grad = None
    triples.conv.zero_grad()
    wait = torch.cuda.synchronize if triples.x.is_cuda else lambda: None
    wait()
    wall, cpu = time.perf_counter(), time.process_time()
    with torch.set_grad_enabled(backward):
        out = run(triples)
    if backward:
        out.backward(out.detach())
    wait()
    return time.perf_counter() - wall, time.process_time() - cpu


def compare(
    runs: dict[str, Run], triples: Triples, backward: bool, repeats: int
) -> Times:
    """Time several runs, which take turns."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
    for turn in range(repeats + 1):
        for name, run in runs.items():
            took = seconds(run, triples, backward)
            if turn > 0:  # the first warms up
                taken[name].append(took)
    figures = {}
    for name, both in taken.items():
        wall, cpu = zip(*both, strict=True)
        figures[name] = {
            "wall_min_s": min(wall),
            "wall_median_s": statistics.median(wall),
            "cpu_min_s": min(cpu),
            "cpu_median_s": statistics.median(cpu),
        }
    return figures


def ratios(times: dict[str, float], to: dict[str, float]) -> dict[str, float]:
    """Divide times by others."""
    return {name[:-2]: took / to[name] for name, took in times.items()}


def against_product(triples: Triples, repeats: int) -> Figures:
    """Compare the layer with its grouped product, with and without scatter."""
    runs = {"product": make_product(triples), "layer": layer}
    if torch_geometric.typing.WITH_TORCH_SCATTER:
        runs["without_scatter"] = without_scatter
    edges = triples.edge_type.numel()
    figures: Figures = {"triples": triples.count, "edges": edges}
    for backward, name in ((False, "forward"), (True, "forward_backward")):
        times = compare(runs, triples, backward, repeats)
        figures[name] = times | {
            f"{run}_to_product": ratios(times[run], times["product"])
            for run in times
            if run != "product"
        }
        took = times["layer"]["cpu_min_s"]
        figures[f"{name}_cpu_microseconds_per_edge"] = 1e6 * took / edges
    with torch.no_grad():
        difference = (layer(triples) - without_scatter(triples)).abs().max()
    return figures | {"difference_by_scatter": difference.item()}


def against_loop(
    triples: Triples, loop: Run, repeats: int, limit: float
) -> Figures:
    """Compare the layer with a loop, in full if that takes no longer than a
    limit, else with what a part of it takes, which two sizes show linear.
    """
    parts = [make_triples(count, triples.conv) for count in (500, 1000)]
    factor = triples.count / parts[-1].count
    figures: Figures = {"triples": triples.count}
    for backward, name in ((False, "forward"), (True, "forward_backward")):
        ours = compare({"layer": layer}, triples, backward, repeats)["layer"]
        small, large = (
            compare({"loop": loop}, part, backward, 1)["loop"] for part in parts
        )
        is_full = factor * large["wall_min_s"] <= limit
        if is_full:
            wall, cpu = seconds(loop, triples, backward)
        else:
            wall = factor * large["wall_min_s"]
            cpu = factor * large["cpu_min_s"]
        figures[name] = {
            "measured_triples": triples.count if is_full else parts[-1].count,
            "loop_wall_s": wall,
            "loop_cpu_s": cpu,
            "loop_cpu_500_s": small["cpu_min_s"],
            "loop_cpu_1000_s": large["cpu_min_s"],
            "layer": ours,
            "loop_to_layer_wall": wall / ours["wall_median_s"],
            "loop_to_layer_cpu": cpu / ours["cpu_median_s"],
        }
    with torch.no_grad():
        difference = (layer(parts[0]) - loop(parts[0])).abs().max()
    return figures | {"difference": difference.item()}


def hardware(device: str) -> Figures:
    """Name what it ran on."""
    facts: Figures = {
        "processor": platform.processor() or platform.machine(),
        "threads": torch.get_num_threads(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
    }
    if device == "cuda":
        facts["gpu"] = torch.cuda.get_device_name()
    packages = ["torch", "torch-geometric"]
    if torch_geometric.typing.WITH_TORCH_SCATTER:
        packages.append("torch-scatter")
    versions = {name: version(name) for name in packages}
    return facts | versions | {"python": platform.python_version()}


def main() -> int:
    """Run everything and print or write a report."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument(
        "--dtype", default="float32", choices=["float32", "bfloat16"]
    )
    parser.add_argument("--size", type=int, default=512, metavar="D")
    parser.add_argument("--relations", type=int, default=12, metavar="R")
    parser.add_argument(
        "--triples", type=int, nargs="+", default=[1250, 2500, 5000, 10000]
    )
    parser.add_argument("--loop-triples", type=int, default=10000, metavar="N")
    parser.add_argument("--loop-limit", type=float, default=60, metavar="S")
    parser.add_argument("--repeats", type=int, default=7, metavar="N")
    parser.add_argument("--threads", type=int, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        parser.error("'--device cuda' needs a GPU (got none)")
    for name in ("size", "relations", "triples", "loop_triples", "repeats"):
        value = getattr(options, name)
        if (min(value) if name == "triples" else value) < 1:
            parser.error(f"'{name}' must be positive (got {value})")
    if options.threads is not None:
        torch.set_num_threads(options.threads)
    device = torch.device(options.device)
    conv = HGATConv(options.size, options.relations)
    conv = conv.to(device, getattr(torch, options.dtype))
    triples = make_triples(options.loop_triples, conv)
    repeats, limit = options.repeats, options.loop_limit
    report = {
        "command": f"python {' '.join(sys.argv)}",
        "hardware": hardware(options.device),
        "dtype": options.dtype,
        "size": options.size,
        "relations": options.relations,
        "sizes": [
            against_product(make_triples(count, conv), repeats)
            for count in options.triples
        ],
        "indexed_loop": against_loop(triples, indexed_loop, repeats, limit),
        "unbound_loop": against_loop(triples, unbound_loop, repeats, limit),
        "thousand_relations_of_768": [
            many_relations(8, 0.0, device),
            many_relations(5, 0.3, device),
        ],
    }
    print(json.dumps(report, indent=2))
    if options.json is not None:
        with whole_file(options.json) as temporary:
            temporary.write_text(json.dumps(report, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
