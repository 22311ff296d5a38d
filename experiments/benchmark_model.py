"""How fast the model trains: ragged against dense, sizes, types, attention.

Ratios are of one run, over the same graphs and the same weights; every row is
measured in a process of its own (`model_step.py`). The corpus is the standard
library, built first if need be.

python experiments/benchmark_model.py --json FILE
python experiments/benchmark_model.py --device cuda --json FILE
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from gmert_pyg import CodeChainGraphs
from gmert_pyg.whole_output import whole_file

Row = dict[str, Any]
STEP = Path(__file__).with_name("model_step.py")
ORIENTATION = {
    "hardware": "2 processors, not this run's",
    "authors_12x512_seconds_per_sample": 10.0,
    "earlier_port_12x768_two_passes_seconds_per_sample": 14.0,
    "plain_ragged_12x768_bfloat16_seconds_per_sample": 0.29,
    "aim_12x768_seconds_per_sample": 0.2,
}
CUDA_TARGETS = {
    "codebert": {"nodes_per_second": 400_000, "share_of_matmul": 0.4},
    "base": {"nodes_per_second": 600_000},
}
SIZES = ("small", "base", "codebert")


def cpu_rows(quick: bool) -> list[Row]:
    """Return the rows that are measured on the CPU."""
    sizes = SIZES[:1] if quick else SIZES
    large = sizes[-1]
    same = {
        "graphs": 16 if quick else 32,
        "graphs_per_batch": 8,
        "sample": 4096,
    }
    rows = [
        {"group": "layout", "size": size, "layout": layout, **same}
        for size in sizes
        for layout in ("ragged", "dense")
    ]
    steps = 2 if quick else 4
    rows += [
        {"group": "size", "size": size, "dtype": dtype, "steps": steps}
        for size in sizes
        for dtype in ("float32", "bfloat16")
    ]
    middle = "small" if large == "small" else "base"
    rows += [
        {
            "group": "attention",
            "size": middle,
            "attention": attention,
            "decay": decay,
            "steps": steps,
        }
        for attention, decay in (
            ("eager", "multiply"),
            ("eager", "bias"),
            ("eager", "off"),
            ("sdpa", "bias"),
            ("sdpa", "off"),
        )
    ]
    return rows


def cuda_rows(quick: bool) -> list[Row]:
    """Return the rows that are measured on a GPU."""
    shared = {
        "device": "cuda",
        "sample": 26_201,
        "steps": 5 if quick else 20,
        "token_budget": 32_768,
    }
    rows: list[Row] = [
        {
            "group": "cuda",
            "size": size,
            "layout": "packed",
            "attention": "flex",
            "compile": True,
            **shared,
        }
        for size in ("codebert", "base")
    ]
    rows += [
        {
            "group": "cuda",
            "size": "codebert",
            "attention": attention,
            "decay": decay,
            **shared,
        }
        for attention, decay in (("eager", "multiply"), ("sdpa", "bias"))
    ]
    return rows


def in_fresh_process(*options: str) -> dict[str, Any]:
    """Run `model_step.py` and return what it prints."""
    done = subprocess.run(
        [sys.executable, str(STEP), *options],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TOKENIZERS_PARALLELISM": "false"},
    )
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def matmul_rates(device: str) -> dict[str, float]:
    """Measure large matrix products, in giga-operations per second."""
    return {
        dtype: in_fresh_process(
            "--matmul", "--row", json.dumps({"device": device, "dtype": dtype})
        )["gflops"]
        for dtype in ("float32", "bfloat16")
    }


def measure(row: Row, rates: dict[str, float], shared: Row) -> Row:
    """Measure a row, and compare it with the rate of a matrix product."""
    settings = {k: v for k, v in row.items() if k != "group"} | shared
    figures = in_fresh_process("--row", json.dumps(settings))
    rate = rates[row.get("dtype", "bfloat16")]
    figures["share_of_matmul"] = figures["encoder_gflops"] / rate
    # What the products of the encoder alone would take, without padding.
    figures["bound_seconds_per_sample"] = (
        6e-9 * figures["encoder_weights"] * figures["nodes"]
    ) / (rate * figures["graphs"])
    return row | figures


def layout_ratios(rows: list[Row]) -> dict[str, dict[str, float]]:
    """Compare the two layouts of a size over the same batches.

    The last ratio lets ragged batches be as large as in training, which dense
    ones cannot for lack of memory.
    """
    ratios = {}
    for dense in (row for row in rows if row.get("layout") == "dense"):
        size = dense["size"]
        ragged = _find(rows, group="layout", size=size, layout="ragged")
        whole = _find(rows, group="size", size=size, dtype="bfloat16")
        ratios[size] = {
            "samples_per_second": ragged["samples_per_second"]
            / dense["samples_per_second"],
            "samples_per_second_without_optimizer": dense[
                "seconds_per_sample_without_optimizer"
            ]
            / ragged["seconds_per_sample_without_optimizer"],
            "allocated_memory": dense["allocated_gib"]
            / ragged["allocated_gib"],
            "resident_memory": dense["step_gib"] / ragged["step_gib"],
            "peak_memory": dense["peak_gib"] / ragged["peak_gib"],
            "samples_per_second_of_plan_batches": whole["samples_per_second"]
            / dense["samples_per_second"],
        }
    return ratios


def _find(rows: list[Row], **wanted: str) -> Row:
    return next(row for row in rows if wanted.items() <= row.items())


def hardware(device: str) -> str:
    """Name the processor and the GPU."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text().splitlines()
        names = [x.split(": ")[1] for x in lines if x.startswith("model name")]
        cpu = names[0] if names else cpu
    described = f"{cpu}, {os.cpu_count()} processors, "
    described += torch.backends.cpu.get_cpu_capability()
    if torch.cpu._is_avx512_bf16_supported():
        described += " with bf16 products"
    if device == "cuda":
        described += f", {torch.cuda.get_device_name()}"
    return described


def run_all(arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure all rows, one after the other."""
    CodeChainGraphs(arguments.root, source="stdlib")  # built now, if need be
    device = arguments.device
    rates = matmul_rates(device)
    shared = {"root": arguments.root, "seed": arguments.seed}
    wanted = cuda_rows if device == "cuda" else cpu_rows
    rows = []
    for row in wanted(arguments.quick):
        rows.append(measure(row, rates, shared))
        print(json.dumps(rows[-1]), file=sys.stderr)
    packages = ("torch", "torch-geometric", "transformers")
    report: dict[str, Any] = {
        "command": f"python {' '.join(sys.argv)}",
        "hardware": hardware(device),
        "threads": torch.get_num_threads(),
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in packages},
        },
        "seed": arguments.seed,
        "meaning": {
            "step": "forward, all losses, backward, AdamW; inputs are ready",
            "step_gib": "peak of memory (RSS on the CPU) less what is held when"
            " weights, gradients and the optimizer's state exist",
            "allocated_gib": "the most that one step has allocated at a time,"
            " counted from its allocations, of the batch with most places",
            "share_of_matmul": "6 x weights of the encoder layers x real nodes"
            " per second, over the measured rate of a large matrix product",
        },
        "matmul_gflops": rates,
        "orientation": ORIENTATION,
        "rows": rows,
    }
    if device == "cuda":
        return report | {"targets": CUDA_TARGETS}
    cuda = "not run: no GPU at hand; `--device cuda` runs it"
    return report | {"ragged_to_dense": layout_ratios(rows), "cuda": cuda}


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--root", default="runs/data", help="built corpora")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="the small size")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    if arguments.device == "cuda" and not torch.cuda.is_available():
        parser.error("'--device cuda' needs a GPU (got none)")
    report = run_all(arguments)
    print(json.dumps(report, indent=2))
    if arguments.json is not None:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(arguments.json) as temporary:
            temporary.write_text(json.dumps(report, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
