"""The CodeBERT-shaped pre-training run on one GPU, timed, in one command.

25 epochs over 10,485 functions of `python10` (`gpu_bundle.py` puts them in one
file of 16 MB), 12 layers of width 768 from scratch; then a short run of the
paper's shape, 12 x 512, to extrapolate the paper's 25 epochs over 989,666
sequences. It needs the file, the checkout and its packages, no network:

HF_HUB_OFFLINE=1 python experiments/train_gpu.py
python experiments/train_gpu.py --smoke           # any machine, seconds
python experiments/train_gpu.py --device cpu --limit 60

Of the CodeBERT recipe, a batch of 32 with accumulation 2 is 64 graphs, or 7,800
nodes, an optimizer step: one packed batch of 8,192 places here. The vocabulary
is that of our tokenizer, 8,192 tokens. RoBERTa's 50,265 would add 32 M weights,
and are no multiple of 8, as fast matrix products want.

An estimate, before any run: the layers hold 85 M weights, so a node costs 0.51
GFLOP for them, 0.04 for attention to its own graph, 0.01 for vocabulary logits,
where there are labels. 25 epochs of 1.28 M nodes are 18 PFLOP: 3 minutes are
0.1 PFLOP/s, a tenth of the 989 TFLOP/s (dense bf16) of an H100 or H200. They
are also 22 batches of 70 graphs a second: 1,500 graphs/s from the loader.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import resource
import sys
import tempfile
import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from gpu_bundle import NAME, write_bundle
from gpu_training import Data, Settings, read_data, train

from gmert_pyg import CodeChainGraphs
from gmert_pyg.training.precision import uses_bf16
from gmert_pyg.training.tracking.device_peak import bf16_peak
from gmert_pyg.whole_output import whole_file

PAPER = {"sequences": 989_666, "epochs": 25, "h100_hours": 90}
RESULTS = Path(__file__).parent / "results" / "train_gpu"


def matmul_tflops(device: str) -> float:
    """Measure a large matrix product in the number format of training."""
    size = 8192 if device == "cuda" else 2048
    dtype = torch.bfloat16 if uses_bf16("auto", device == "cpu") else None
    left, right = (
        torch.randn(size, size, dtype=dtype, device=device) for _ in range(2)
    )
    seconds = []
    for _ in range(8):
        before = time.perf_counter()
        product = left @ right
        float(product[0, 0])  # waits for the device
        seconds.append(time.perf_counter() - before)
    return 2e-12 * size**3 / min(seconds)


def extrapolate(figures: dict[str, Any], mean_length: float) -> dict[str, Any]:
    """Say how long the paper's run would take, by the nodes of a sequence.

    The paper's sequences have 1,024 places; how many hold a node it does not
    say. At the last length attention costs more than what was measured.
    """
    sequences = PAPER["sequences"] * PAPER["epochs"]
    hours = {
        str(round(length)): sequences
        * length
        / figures["nodes_per_second"]
        / 3600
        for length in (mean_length, 256, 1024)
    }
    return {**PAPER, "hours_by_nodes_per_sequence": hours}


def environment(device: str) -> dict[str, Any]:
    """Name the hardware and the packages."""
    packages = ("torch", "torch-geometric", "transformers")
    is_cuda = device == "cuda"
    name = torch.cuda.get_device_name() if is_cuda else platform.machine()
    return {
        "command": f"python {' '.join(sys.argv)}",
        "device": name,
        "processors": os.cpu_count(),
        "versions": {package: version(package) for package in packages},
        "matmul_tflops": matmul_tflops(device),
        "peak_tflops": bf16_peak(name) if is_cuda else None,
    }


def add_shares(figures: dict[str, Any], around: dict[str, Any]) -> None:
    """Relate what was computed to what the device can do."""
    figures["share_of_matmul"] = figures["tflops"] / around["matmul_tflops"]
    if around["peak_tflops"]:
        figures["mfu"] = figures["tflops"] / around["peak_tflops"]


def measure(settings: Settings, data: Data, output: Path) -> dict[str, Any]:
    """Train both shapes; what is known is written after each stage."""
    started = time.perf_counter()
    report: dict[str, Any] = {
        "bundle": data.header,
        "environment": environment(settings.device),
    }
    training, figures = train(settings, data)
    add_shares(figures, report["environment"])
    report["codebert"] = figures
    write(report, output)
    report["held_out"] = training.evaluate()
    write(report, output)
    del training
    gc.collect()
    short = replace(
        settings,
        size="base",
        epochs=1,
        token_budget=4 * settings.token_budget,
        max_steps=100 if not settings.tiny else 4,
        limit=settings.limit / 4,
    )
    _, figures = train(short, data)
    add_shares(figures, report["environment"])
    lengths = data.train.num_nodes_per_graph
    report["paper"] = extrapolate(figures, float(lengths.mean())) | {
        "measured": figures
    }
    report["seconds_in_all"] = time.perf_counter() - started
    write(report, output)
    return report


def write(report: dict[str, Any], output: Path) -> None:
    """Write the report as JSON, and what matters of it as Markdown."""
    output.mkdir(parents=True, exist_ok=True)
    name = report["environment"]["device"].replace(" ", "-").lower()
    with whole_file(output / f"{name}.json") as temporary:
        temporary.write_text(json.dumps(report, indent=2) + "\n")
    with whole_file(output / f"{name}.md") as temporary:
        temporary.write_text(table(report))


def table(report: dict[str, Any]) -> str:
    """Return the figures that matter as a table."""
    around, run = report["environment"], report["codebert"]
    epochs = run["settings"]["epochs"]
    rows = {
        "device": around["device"],
        "shape": "a tiny one: only a test"
        if run["settings"]["tiny"]
        else "12 x 768",
        "whole run": "yes" if run["complete"] else "no: cut short",
        "epochs trained": f"{run['share_of_the_epochs'] * epochs:.1f}",
        "real nodes": f"{run['real_nodes']:,}",
        "seconds in all, compiling included": f"{run['seconds']:.1f}",
        "of these until warm": f"{run['seconds_until_warm']:.1f}",
        "real nodes a second, warm": f"{run['nodes_per_second']:,.0f}",
        "TFLOP/s": f"{run['tflops']:.2f}",
        "of a large matrix product here": f"{run['share_of_matmul']:.1%}",
        "of the data sheet (MFU)": f"{run['mfu']:.1%}" if "mfu" in run else "-",
        "places of a batch filled": f"{run['places_filled']:.1%}",
        "time waiting for data": f"{run['share_waiting_for_data']:.1%}",
        "peak memory, GiB": f"{run['peak_memory_gib']:.1f}",
        "compiled": run["settings"]["compile"],
    }
    for name, value in report.get("held_out", {}).items():
        rows[f"held out: {name}"] = f"{value:,.4g}"
    paper = report.get("paper", {})
    for length, hours in paper.get("hours_by_nodes_per_sequence", {}).items():
        label = f"hours of the paper's run, {length} nodes a sequence"
        rows[label] = f"{hours:.1f} (there: 90 on H100s)"
    lines = [f"| {name} | {value} |" for name, value in rows.items()]
    return "\n".join(["| | |", "|---|---|", *lines, ""])


def smoke_data(folder: Path) -> Data:
    """Make a small file of the standard library's `json`, and read it."""
    package = Path(json.__file__).parent
    corpus = CodeChainGraphs(str(folder), source=package, num_workers=0)
    write_bundle(corpus, folder / NAME, num_train=40, num_held_out=10)
    return read_data(folder / NAME, seed=0)


def raise_open_files() -> None:
    """Allow what batches from many workers need: a descriptor per tensor."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main() -> int:
    """Train, evaluate, extrapolate, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--bundle", type=Path, default=Path("runs/train_gpu") / NAME
    )
    parser.add_argument("--output", type=Path, default=RESULTS)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--epochs", type=int, default=Settings.epochs)
    parser.add_argument("--token-budget", type=int, default=8192)
    parser.add_argument("--compile", choices=("layers", "kernel"))
    parser.add_argument("--workers", type=int, help="(default: by processors)")
    parser.add_argument(
        "--limit", type=float, default=Settings.limit, help="seconds to train"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--smoke", action="store_true", help="tiny, on the CPU")
    arguments = parser.parse_args()
    device = "cpu" if arguments.smoke else arguments.device
    if device == "cuda" and not torch.cuda.is_available():
        parser.error("'--device cuda' needs a GPU (got none)")
    if not arguments.smoke and not arguments.bundle.is_file():
        parser.error(
            f"'--bundle' must exist: gpu_bundle.py makes it (got"
            f" '{arguments.bundle}')"
        )
    spare = max(1, min(12, (os.cpu_count() or 2) - 2))
    settings = Settings(
        device=device,
        epochs=arguments.epochs,
        token_budget=arguments.token_budget,
        compile=arguments.compile or "layers",
        workers=spare if arguments.workers is None else arguments.workers,
        limit=arguments.limit,
        seed=arguments.seed,
    )
    if device == "cpu":
        settings = replace(settings, attention="eager", compile="none")
    if not arguments.smoke:
        raise_open_files()
        torch.set_float32_matmul_precision("high")
        data = read_data(arguments.bundle, arguments.seed)
        print(table(measure(settings, data, arguments.output)))
        return 0
    settings = replace(
        settings, epochs=2, token_budget=1024, workers=0, tiny=True
    )
    with tempfile.TemporaryDirectory() as folder:
        data = smoke_data(Path(folder))
        print(table(measure(settings, data, arguments.output)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
