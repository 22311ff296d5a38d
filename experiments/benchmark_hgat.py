"""Time HGATConv, as ratios in one run: is it as fast as it can be.

The reference is what nobody can avoid: one matrix product per target and
relation, all of them grouped. Triples have heads of three tokens and tails of
two. Times are medians, the contestants taking turns. The loop multiplies all
tokens of a triple at once, which is the best that it can do.

python experiments/benchmark_hgat.py --json hgat.json
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
from dataclasses import dataclass
from importlib.metadata import version
from itertools import accumulate
from pathlib import Path
from unittest import mock

import torch
import torch.nn.functional as F
import torch_geometric.typing
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from gmert_pyg.nn import HGATConv
from gmert_pyg.nn.conv.grouped_matmul import grouped_matmul
from gmert_pyg.whole_output import whole_file

HEAD, TAIL = 3, 2
Figures = dict[str, float]


@dataclass
class Problem:
    """A layer and the tokens and edges of triples."""

    conv: HGATConv
    x: Tensor
    edge_index: Tensor
    edge_type: Tensor


def make_problem(num_triples: int, options: argparse.Namespace) -> Problem:
    """Make triples of relations at random, every token in one triple."""
    torch.manual_seed(0)
    length = HEAD + TAIL
    first = torch.arange(num_triples).view(-1, 1, 1) * length
    head = first + torch.arange(HEAD).view(1, 1, -1)
    tail = first + HEAD + torch.arange(TAIL).view(1, -1, 1)
    head, tail = head.expand(-1, TAIL, -1), tail.expand(-1, -1, HEAD)
    relation = torch.randint(0, options.relations, (num_triples,))
    dtype = getattr(torch, options.dtype)
    conv = HGATConv(options.size, options.relations)
    return Problem(
        conv.to(options.device, dtype),
        torch.randn(num_triples * length, options.size).to(
            options.device, dtype
        ),
        torch.stack([head.flatten(), tail.flatten()]).to(options.device),
        relation.repeat_interleave(HEAD * TAIL).to(options.device),
    )


def layer(problem: Problem) -> Tensor:
    """Run the layer."""
    out: Tensor = problem.conv(problem.x, problem.edge_index, problem.edge_type)
    return out


def product(problem: Problem) -> Tensor:
    """Run the grouped product alone, on rows that are there already."""
    relation = problem.edge_type[::HEAD].sort().values
    rows = problem.x[: relation.numel()]
    return grouped_matmul(rows, problem.conv.weight, relation)


def loop(problem: Problem) -> Tensor:
    """Run the formula as it is written, triple by triple."""
    conv, x = problem.conv, problem.x
    each = [x.unbind() for x in (conv.weight, conv.att_dst, conv.att_src)]
    relations = problem.edge_type[:: HEAD * TAIL].tolist()
    tokens = x.view(len(relations), HEAD + TAIL, -1).unbind()
    out = []
    for relation, token in zip(relations, tokens, strict=True):
        matrix, att_dst, att_src = (values[relation] for values in each)
        heads, tails = (token @ matrix.t()).split([HEAD, TAIL])
        score = (tails @ att_dst)[:, None] + heads @ att_src
        alpha = F.leaky_relu(score, conv.negative_slope).softmax(dim=1)
        out += [torch.zeros_like(heads), alpha @ heads]
    return torch.cat(out)


Contestant = Callable[[Problem], Tensor]


def seconds(run: Contestant, problem: Problem, backward: bool) -> float:
    """Time one run."""
    problem.x.requires_grad_(backward)
    problem.x.grad = None
    problem.conv.zero_grad()
    wait = torch.cuda.synchronize if problem.x.is_cuda else lambda: None
    wait()
    started = time.perf_counter()
    with torch.set_grad_enabled(backward):
        out = run(problem)
    if backward:
        out.backward(out.detach())
    wait()
    return time.perf_counter() - started


def compare(
    runs: dict[str, Contestant], problem: Problem, repeats: int
) -> Figures:
    """Return median seconds, the contestants taking turns."""
    figures: Figures = {}
    for pass_ in ("forward", "forward_backward"):
        times: dict[str, list[float]] = {name: [] for name in runs}
        for turn in range(repeats + 1):
            for name, run in runs.items():
                took = seconds(run, problem, pass_ == "forward_backward")
                if turn > 0:  # the first warms up
                    times[name].append(took)
        for name, took_all in times.items():
            figures[f"{pass_}_{name}_s"] = statistics.median(took_all)
    return figures


def against_product(problem: Problem, repeats: int) -> Figures:
    """Compare the layer with its grouped product, with and without scatter."""
    runs = {"product": product, "layer": layer, "no_scatter": without_scatter}
    figures = compare(runs, problem, repeats)
    for name in ("forward", "forward_backward"):
        reference = figures[f"{name}_product_s"]
        for run in ("layer", "no_scatter"):
            ratio = figures[f"{name}_{run}_s"] / reference
            figures[f"{name}_{run}_to_product"] = ratio
    num_edges = problem.edge_type.numel()
    took = figures["forward_backward_layer_s"]
    figures["microseconds_per_edge"] = 1e6 * took / num_edges
    difference = layer(problem) - without_scatter(problem)
    figures["difference_by_scatter"] = difference.abs().max().item()
    return {"triples": num_edges // (HEAD * TAIL), "edges": num_edges} | figures


def without_scatter(problem: Problem) -> Tensor:
    """Run the layer as where torch-scatter is not installed."""
    with mock.patch.object(torch_geometric.typing, "WITH_TORCH_SCATTER", False):
        return layer(problem)


def against_loop(problem: Problem) -> Figures:
    """Compare the layer with a loop over the triples."""
    figures = compare({"layer": layer, "loop": loop}, problem, repeats=1)
    for name in ("forward", "forward_backward"):
        ratio = figures[f"{name}_loop_s"] / figures[f"{name}_layer_s"]
        figures[f"{name}_loop_to_layer"] = ratio
    with torch.no_grad():
        difference = layer(problem) - loop(problem)
    figures["triples"] = problem.x.size(0) // (HEAD + TAIL)
    return figures | {"difference": difference.abs().max().item()}


def many_relations(device: torch.device) -> Figures:
    """Measure the memory of 1,000 relations at d = 768 with bases."""
    size, num_relations, num_bases = 768, 1000, 8
    conv = HGATConv(size, num_relations, num_bases=num_bases).to(device)
    torch.manual_seed(0)
    x = torch.randn(200, size, device=device, requires_grad=True)
    edge_index = torch.randint(0, 200, (2, 100), device=device)
    edge_type = torch.randint(0, 40, (100,), device=device) * 25
    peak = peak_bytes(
        lambda: conv(x, edge_index, edge_type).sum().backward(), device
    )
    parameters = sum(x.numel() * x.element_size() for x in conv.parameters())
    return {
        "relations": num_relations,
        "size": size,
        "bases": num_bases,
        "parameters_mb": parameters / 1e6,
        "forward_backward_mb": peak / 1e6,
        "all_matrices_mb": num_relations * size**2 * 4 / 1e6,
    }


def peak_bytes(run: Callable[[], object], device: torch.device) -> int:
    """Return how much a run has allocated at most, at a time."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        run()
        return torch.cuda.max_memory_allocated(device) - before
    with profile(
        activities=[ProfilerActivity.CPU], profile_memory=True
    ) as profiled:
        run()
    assert profiled.profiler is not None
    events = profiled.profiler.kineto_results.events()
    events = [event for event in events if event.name() == "[memory]"]
    events.sort(key=lambda event: event.start_ns())
    return max(accumulate(event.nbytes() for event in events))


def hardware(device: str) -> dict[str, object]:
    """Name what it ran on."""
    facts: dict[str, object] = {
        "processor": platform.processor() or platform.machine(),
        "threads": torch.get_num_threads(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
    }
    if device == "cuda":
        facts["gpu"] = torch.cuda.get_device_name()
    packages = ("torch", "torch-geometric")
    if torch_geometric.typing.WITH_TORCH_SCATTER:
        packages += ("torch-scatter",)
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
    parser.add_argument("--repeats", type=int, default=7, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        parser.error("'--device cuda' needs a GPU (got none)")
    for name in ("size", "relations", "triples", "loop_triples", "repeats"):
        value = getattr(options, name)
        if (min(value) if name == "triples" else value) < 1:
            parser.error(f"'{name}' must be positive (got {value})")
    report: dict[str, object] = {
        "command": f"python {' '.join(sys.argv)}",
        "hardware": hardware(options.device),
        "device": options.device,
        "dtype": options.dtype,
        "size": options.size,
        "relations": options.relations,
    }
    sizes = []
    for num_triples in options.triples:
        problem = make_problem(num_triples, options)
        sizes.append(against_product(problem, options.repeats))
    report["torch_scatter"] = torch_geometric.typing.WITH_TORCH_SCATTER
    report["sizes"] = sizes
    problem = make_problem(options.loop_triples, options)
    report["loop"] = against_loop(problem)
    report["many_relations"] = many_relations(torch.device(options.device))
    print(json.dumps(report, indent=2))
    if options.json is not None:
        with whole_file(options.json) as temporary:
            temporary.write_text(json.dumps(report, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
