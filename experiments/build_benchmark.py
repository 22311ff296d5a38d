"""Time building, loading and reading a corpus, as ratios within one run.

The reference is what nobody can avoid: `ast.parse` and tokenizing of the same
files, in one process. Each phase runs in a process of its own.

python experiments/build_benchmark.py --json build.json
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import psutil

from gmert_pyg import CodeChainGraphs, GraphMertTokenizer
from gmert_pyg.data.sources import find_source
from gmert_pyg.parsing import SourceError, read_source
from gmert_pyg.whole_output import whole_file

Figures = dict[str, float]
PORT_GRAPHS_PER_SECOND = 333
"""What the earlier CodeBERT port builds, with a weaker extractor."""


def reference(arguments: argparse.Namespace) -> Figures:
    """Parse and tokenize all files, and do nothing else."""
    tokenizer = GraphMertTokenizer.default().backend_tokenizer
    files = find_source(arguments.source, Path(arguments.root, "raw")).files
    warnings.simplefilter("ignore")
    started = time.perf_counter()
    for path in files:
        try:
            text = read_source(path)
            ast.parse(text)
        except (SourceError, SyntaxError):
            continue
        tokenizer.encode(text, add_special_tokens=False)
    return {
        "files": len(files),
        "seconds": time.perf_counter() - started,
    }


def build(arguments: argparse.Namespace) -> Figures:
    """Build all graphs; what is cached of an earlier build is used."""
    sampler = MemorySampler()
    started = time.perf_counter()
    dataset = CodeChainGraphs(
        arguments.root, arguments.source, num_workers=arguments.workers
    )
    seconds = time.perf_counter() - started
    usage = [resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN]
    largest = max(resource.getrusage(who).ru_maxrss for who in usage)
    return {
        "graphs": len(dataset),
        "functions": dataset.statistics["functions"],
        "seconds": seconds,
        "graphs_per_second": len(dataset) / seconds,
        "peak_gib_of_largest_process": largest / 2**20,
        "peak_gib_of_all_processes": sampler.stop() / 2**30,
    }


def load(arguments: argparse.Namespace) -> Figures:
    """Open what is built, and read graphs in random order."""
    find_source(arguments.source, Path(arguments.root, "raw"))
    started = time.perf_counter()
    dataset = CodeChainGraphs(arguments.root, arguments.source)
    opened = time.perf_counter() - started
    order = np.random.default_rng(0).permutation(len(dataset))
    order = order[: arguments.reads].tolist()
    return {
        "seconds_to_open": opened,
        "random_graphs_per_second": _rate(dataset.get, order),
        "random_graphs_per_second_again": _rate(dataset.get, order),
    }


def _rate(read: Callable[[int], object], order: list[int]) -> float:
    started = time.perf_counter()
    for index in order:
        read(index)
    return len(order) / (time.perf_counter() - started)


class MemorySampler:
    """Samples what a process and its children hold, shared pages split."""

    def __init__(self, interval: float = 0.25) -> None:
        self._peak = 0
        self._done = threading.Event()
        self._interval = interval
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def _sample(self) -> None:
        me = psutil.Process()
        while not self._done.wait(self._interval):
            total = 0
            for process in [me, *me.children(recursive=True)]:
                try:
                    total += process.memory_full_info().pss
                except psutil.Error:  # ended since it was listed
                    continue
            self._peak = max(self._peak, total)

    def stop(self) -> int:
        """Return the largest sum, in bytes."""
        self._done.set()
        self._thread.join()
        return self._peak


PHASES = {"reference": reference, "build": build, "load": load}


def in_fresh_process(phase: str, options: list[str]) -> Figures:
    """Run a phase in a process of its own."""
    command = [sys.executable, __file__, "--phase", phase, *options]
    done = subprocess.run(
        command,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TOKENIZERS_PARALLELISM": "false"},
    )
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def run_all(arguments: argparse.Namespace) -> dict[str, object]:
    """Run all phases one after the other; the files are warm in all."""
    with tempfile.TemporaryDirectory() as folder:
        root = arguments.root or folder
        options = ["--root", root, "--source", arguments.source]
        options += ["--workers", str(arguments.workers)]
        options += ["--reads", str(arguments.reads)]
        in_fresh_process("reference", options)  # warms the file cache
        basis = in_fresh_process("reference", options)
        built = in_fresh_process("build", options)
        loaded = in_fresh_process("load", options)
    ratio = built["seconds"] / basis["seconds"]
    packages = ("torch", "torch-geometric", "transformers", "tokenizers")
    return {
        "command": f"python {' '.join(sys.argv)}",
        "hardware": f"{platform.machine()}, {os.cpu_count()} processors",
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in packages},
        },
        "reference": basis,
        "build": built,
        "load": loaded,
        "build_to_reference": ratio,
        "build_to_port": built["graphs_per_second"] / PORT_GRAPHS_PER_SECOND,
    }


def main() -> int:
    """Run one phase, or all of them."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--source", default="stdlib")
    parser.add_argument("--root", help="keep what is built here")
    parser.add_argument("--workers", type=int, default=2, metavar="N")
    parser.add_argument("--reads", type=int, default=20_000, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--phase", choices=PHASES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.phase is not None:
        print(json.dumps(PHASES[arguments.phase](arguments)))
        return 0
    report = run_all(arguments)
    print(json.dumps(report, indent=2))
    if arguments.json is not None:
        with whole_file(arguments.json) as temporary:
            temporary.write_text(json.dumps(report, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
