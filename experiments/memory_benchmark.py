"""Peak memory of building and reading corpora of growing size.

Files of the standard library, each a project of its own, are written to JSON
lines once, twice and so on: memory that is constant does not grow with them.
Pages of mapped files are left out: the system takes them back when it needs to.

python experiments/memory_benchmark.py --json memory.json
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import psutil

from gmert_pyg import CodeChainGraphs
from gmert_pyg.data.sources import find_source
from gmert_pyg.parsing import SourceError, read_source
from gmert_pyg.whole_output import whole_file

Figures = dict[str, float]


def write_corpus(path: Path, num_files: int, copies: int) -> None:
    """Write records of files, each copy as a project of its own."""
    files = find_source("stdlib").files[:num_files]
    with path.open("w") as output:
        for copy in range(copies):
            for number, file in enumerate(files):
                try:
                    code = read_source(file)
                except SourceError:
                    continue
                name = f"project_{copy}_{number}"
                record = {"code": code, "repo": name, "path": file.name}
                output.write(json.dumps(record) + "\n")


class AnonymousMemory:
    """Samples the memory of a process and its children that no file backs."""

    def __init__(self) -> None:
        self._peak = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def _sample(self) -> None:
        me = psutil.Process()
        while not self._done.wait(0.1):
            for process in [me, *me.children(recursive=True)]:
                self._peak = max(self._peak, _anonymous(process.pid))

    def stop(self) -> float:
        """Return the peak of the largest process, in MiB."""
        self._done.set()
        self._thread.join()
        return self._peak / 1024


def _anonymous(pid: int) -> int:
    try:
        status = Path("/proc", str(pid), "status").read_text()
    except OSError:  # ended since it was listed
        return 0
    found = [x for x in status.splitlines() if x.startswith("RssAnon")]
    return int(found[0].split()[1]) if found else 0


def build(root: Path, source: Path) -> Figures:
    """Build all graphs."""
    memory = AnonymousMemory()
    dataset = CodeChainGraphs(str(root), source=source, num_workers=2)
    return {"graphs": len(dataset), "peak_mib": memory.stop()}


def read(root: Path, source: Path) -> Figures:
    """Read all graphs in random order."""
    dataset = CodeChainGraphs(str(root), source=source)
    memory = AnonymousMemory()
    order = np.random.default_rng(0).permutation(len(dataset))
    started = time.perf_counter()
    for index in order.tolist():
        dataset.get(index)
    seconds = time.perf_counter() - started
    return {
        "graphs_per_second": len(dataset) / seconds,
        "peak_mib": memory.stop(),
    }


PHASES = {"build": build, "read": read}


def in_fresh_process(phase: str, root: Path, source: Path) -> Figures:
    """Run a phase in a process of its own."""
    command = [sys.executable, __file__, "--phase", phase]
    done = subprocess.run(
        [*command, str(root), str(source)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> int:
    """Run one phase, or all of them for every size."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--files", type=int, default=200, metavar="N")
    parser.add_argument("--copies", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--phase", choices=PHASES, help=argparse.SUPPRESS)
    parser.add_argument("places", nargs="*", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.phase is not None:
        print(json.dumps(PHASES[arguments.phase](*arguments.places)))
        return 0
    sizes = []
    for copies in arguments.copies:
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "corpus.jsonl")
            write_corpus(source, arguments.files, copies)
            root = Path(folder, "root")
            sizes.append(
                {
                    "megabytes": source.stat().st_size / 1e6,
                    "build": in_fresh_process("build", root, source),
                    "read": in_fresh_process("read", root, source),
                }
            )
    report = {
        "command": f"python {' '.join(sys.argv)}",
        "python": platform.python_version(),
        "sizes": sizes,
    }
    print(json.dumps(report, indent=2))
    if arguments.json is not None:
        with whole_file(arguments.json) as temporary:
            temporary.write_text(json.dumps(report, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
