"""Put hostile files through the whole path from source to chain graphs.

Every Python file of CPython's own tests (bad syntax, odd encodings, deep
nesting), and mutations of real files. A file may be skipped for a reason; it
may not crash, hang, or give a graph that is none.

python experiments/robustness.py --mutations 2000 --json robustness.json
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import signal
import sys
import sysconfig
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from tqdm import tqdm

from gmert_pyg.data.from_source import graphs_of_file
from gmert_pyg.parsing import SourceError
from gmert_pyg.schema import DEFAULT_SCHEMA
from gmert_pyg.tokenization import GraphMertTokenizer
from gmert_pyg.whole_output import whole_file
from gmert_pyg.worker_processes import process_pool

SECONDS = 120
"""A file that takes longer hangs."""

STDLIB = Path(sysconfig.get_path("stdlib"))


class HangingError(Exception):
    """A file took too long."""


def outcome(path: Path) -> tuple[str, str, float]:
    """Read a file into graphs; return what came of it, why, and the seconds."""
    signal.signal(signal.SIGALRM, _hang)
    signal.alarm(SECONDS)
    started = time.perf_counter()
    try:
        graphs = graphs_of_file(str(path), GraphMertTokenizer.default())
        for graph in graphs:
            graph.validate(DEFAULT_SCHEMA.num_relations)
        found = ("read", "graphs" if graphs else "no function")
    except SourceError as error:
        found = ("skipped", _kind(error.reason))
    except HangingError:
        found = ("hanging", f"more than {SECONDS} s")
    except Exception as error:
        # The one place that catches all: finding such an error is its purpose.
        found = ("crashed", f"{type(error).__name__}: {error}")
    finally:
        signal.alarm(0)
    return *found, time.perf_counter() - started


def _hang(number: int, frame: object) -> None:
    raise HangingError


def _kind(reason: str) -> str:
    """Return a reason without its lines and bytes, for counting."""
    for end in (" (line", " at byte", " (detected", " on line", ". "):
        reason = reason.partition(end)[0]
    return reason


Mutation = Callable[[bytes, random.Random], bytes]


def _place(data: bytes, draw: random.Random) -> int:
    return draw.randrange(len(data) + 1)


def flip(data: bytes, draw: random.Random) -> bytes:
    """Replace some bytes by random ones."""
    changed = bytearray(data)
    for _ in range(draw.randint(1, 20)):
        changed[draw.randrange(len(changed))] = draw.randrange(256)
    return bytes(changed)


def cut(data: bytes, draw: random.Random) -> bytes:
    """Cut the file off somewhere, as an interrupted copy would."""
    return data[: _place(data, draw)]


def delete(data: bytes, draw: random.Random) -> bytes:
    """Delete a stretch."""
    start = _place(data, draw)
    return data[:start] + data[start + draw.randint(1, 200) :]


def repeat(data: bytes, draw: random.Random) -> bytes:
    """Repeat a stretch many times."""
    start = _place(data, draw)
    part = data[start : start + draw.randint(1, 40)]
    return data[:start] + part * draw.randint(2, 300) + data[start:]


def nest(data: bytes, draw: random.Random) -> bytes:
    """Put deeply nested brackets somewhere."""
    start, depth = _place(data, draw), draw.randint(50, 5000)
    left, right = draw.choice([b"()", b"[]", b"{}"]).decode()
    inner = (left * depth + right * depth).encode()
    return data[:start] + inner + data[start:]


def shuffle_lines(data: bytes, draw: random.Random) -> bytes:
    """Swap some lines."""
    lines = data.split(b"\n")
    for _ in range(draw.randint(1, 20)):
        i, j = draw.randrange(len(lines)), draw.randrange(len(lines))
        lines[i], lines[j] = lines[j], lines[i]
    return b"\n".join(lines)


def insert(data: bytes, draw: random.Random) -> bytes:
    """Insert what parsers stumble over."""
    start = _place(data, draw)
    odd = draw.choice(
        [
            *("\x00", "\x0c", "\r", "\r\n", "\ufeff", "\u2028", "\u202e"),
            *(
                "é",
                "日本",
                "\U0001d4b3",
                "\\\n",
                '"""',
                "f'{",
                "lambda: (yield)",
            ),
            *("# coding: rot13\n", "# coding: utf-7\n", "\t \t", "async "),
            *("match x:\n case y: pass\n", "type X[T] = T\n", "*" * 500),
        ]
    )
    return data[:start] + odd.encode() + data[start:]


def replace_names(data: bytes, draw: random.Random) -> bytes:
    """Exchange keywords and names of the file for one another."""
    words = [b"self", b"def", b"class", b"return", b"import", b"lambda", b"in"]
    old, new = draw.choice(words), draw.choice(words)
    return data.replace(old, new, draw.randint(1, 50))


def graft(data: bytes, draw: random.Random) -> bytes:
    """Exchange expressions and statements of the tree: it stays valid."""
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError):
        return data
    nodes = list(ast.walk(tree))
    for kind in (ast.expr, ast.stmt):
        same = [node for node in nodes if isinstance(node, kind)]
        for _ in range(draw.randint(1, 30) if len(same) > 1 else 0):
            _exchange(draw.choice(nodes), kind, draw.choice(same))
    try:
        return ast.unparse(tree).encode()
    except (RecursionError, ValueError, AttributeError, TypeError):
        return data


def _exchange(node: ast.AST, kind: type[ast.AST], new: ast.AST) -> None:
    for field, value in ast.iter_fields(node):
        if isinstance(value, kind):
            setattr(node, field, new)
        elif isinstance(value, list) and value and isinstance(value[0], kind):
            value[-1] = new


MUTATIONS: tuple[Mutation, ...] = (
    *(flip, cut, delete, repeat, nest, shuffle_lines, insert, replace_names),
)


def mutate(count: int, seed: int, folder: Path) -> Iterator[Path]:
    """Write mutations of files of the standard library."""
    draw = random.Random(seed)
    files = [p for p in sorted(STDLIB.glob("*.py")) if p.stat().st_size > 200]
    for number in range(count):
        data = draw.choice(files).read_bytes()[:60_000]
        # Half of them stay valid programs, and so reach every stage.
        valid = number % 2 == 0
        chosen = draw.choices(MUTATIONS, k=draw.randint(1, 3))
        for mutation in [graft] if valid else chosen:
            data = mutation(data or b"x", draw)
        path = folder / f"mutation_{number}.py"
        path.write_bytes(data)
        yield path


def read_all(
    name: str, files: list[Path], num_workers: int
) -> dict[str, object]:
    """Read files in several processes; count what came of them."""
    counts: Counter[tuple[str, str]] = Counter()
    failures, slowest = [], 0.0
    with process_pool(num_workers) as pool:
        results = pool.map(outcome, files, chunksize=4)
        for path, (what, why, seconds) in zip(
            tqdm(files, desc=name), results, strict=True
        ):
            counts[what, why] += 1
            slowest = max(slowest, seconds)
            if what in ("crashed", "hanging"):
                failures.append(f"{path.name}: {why}")
    return {
        "name": name,
        "files": len(files),
        "outcomes": {
            f"{what}: {why}": count
            for (what, why), count in counts.most_common()
        },
        "failures": failures,
        "slowest_seconds": round(slowest, 2),
    }


def main() -> int:
    """Run; return 1 if a file crashed or hung."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--mutations", type=int, default=2000, metavar="N")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    tests = sorted((STDLIB / "test").rglob("*.py"))
    with tempfile.TemporaryDirectory() as folder:
        mutations = list(
            mutate(arguments.mutations, arguments.seed, Path(folder))
        )
        results = [
            read_all("CPython's Lib/test", tests, arguments.workers),
            read_all("mutations", mutations, arguments.workers),
        ]
    report = {
        "command": f"python {' '.join(sys.argv)}",
        "python": sys.version.split()[0],
        "results": results,
    }
    print(json.dumps(report, indent=2, ensure_ascii=False))
    if arguments.json is not None:
        with whole_file(arguments.json) as temporary:
            temporary.write_text(json.dumps(report, indent=2) + "\n")
    return int(any(result["failures"] for result in results))


if __name__ == "__main__":
    sys.exit(main())
