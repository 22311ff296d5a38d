"""Score call edges on a benchmark, or count what they resolve in a project.

python experiments/call_graph.py --bench DIR [--show] [--json FILE]
python experiments/call_graph.py --source stdlib

A benchmark holds <category>/<case>/, with Python files and `callgraph.json`,
which maps callers to lists of callees (the layout of the PyCG micro-benchmark).
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gmert_pyg.data.sources import find_source
from gmert_pyg.kg import CodeKG
from gmert_pyg.kg.flow import CallGraph
from gmert_pyg.kg.project import SourceFile, name_modules, parse_files
from gmert_pyg.parsing import ModuleFacts, SourceError, read_source
from gmert_pyg.parsing.source_file import LineIndex
from gmert_pyg.schema import EntityKind
from gmert_pyg.whole_output import whole_file

Edge = tuple[str, str]
_TYPES = ("str", "bytes", "int", "float", "complex", "list", "tuple", "set")
_TYPES = (*_TYPES, "dict", "generator", "frozenset")


@dataclass
class Case:
    """A case, the edges that are expected and those that are found."""

    category: str
    name: str
    expected: set[Edge]
    found: set[Edge]


def case_files(folder: Path) -> list[SourceFile]:
    """Return the files of a case; modules are named from its folder."""
    files = []
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        files.append(SourceFile(str(path), name, is_package))
    return files


def found_edges(folder: Path) -> set[Edge]:
    """Return the edges of a case's call graph, named as in the benchmark.

    Raises:
        ValueError: if a file of it cannot be parsed.
    """
    modules = []
    for facts in parse_files(case_files(folder)):
        if isinstance(facts, SourceError):
            raise ValueError(str(facts))
        if facts.recovered:
            raise ValueError(f"'{facts.path}' is no valid Python")
        modules.append(facts)
    return {
        (caller, benchmark_name(callee))
        for caller, callee in CallGraph(modules).edges()
    }


def benchmark_name(callee: str) -> str:
    """Return the name that the benchmark gives to a callee."""
    module, _, name = callee.partition(".")
    if module != "builtins":
        return callee
    owner, dot, method = name.partition(".")
    if dot and owner in _TYPES:
        return f"<**Py{owner.capitalize()}**>.{method}"
    return f"<builtin>.{name}"


def expected_edges(path: Path) -> set[Edge]:
    """Return the edges that a case's `callgraph.json` lists.

    Raises:
        ValueError: if it is not a mapping from names to lists of names.
    """
    try:
        table = json.loads(path.read_text())
        return {(caller, x) for caller in table for x in table[caller]}
    except (ValueError, TypeError, OSError) as error:
        raise ValueError(f"'{path}' is no call graph: {error}") from error


def run(bench: Path) -> list[Case]:
    """Analyse all cases of a benchmark.

    Raises:
        ValueError: if there is none, or one is broken.
    """
    cases = [
        Case(
            path.parent.parent.name,
            path.parent.name,
            expected_edges(path),
            found_edges(path.parent),
        )
        for path in sorted(bench.glob("*/*/callgraph.json"))
    ]
    if not cases:
        raise ValueError(
            "'bench' must hold <category>/<case>/callgraph.json "
            f"(got '{bench}')"
        )
    return cases


def score(cases: list[Case]) -> dict[str, Any]:
    """Return precision and recall over the edges of some cases."""
    expected = sum(len(case.expected) for case in cases)
    found = sum(len(case.found) for case in cases)
    right = sum(len(case.expected & case.found) for case in cases)
    return {
        "cases": len(cases),
        "expected": expected,
        "found": found,
        "right": right,
        "precision": right / found if found else 1.0,
        "recall": right / expected if expected else 1.0,
        "exact": sum(case.expected == case.found for case in cases),
    }


def report(cases: list[Case]) -> dict[str, dict[str, Any]]:
    """Return the score of all cases and of each category."""
    found = {"all": score(cases)}
    for category in sorted({case.category for case in cases}):
        found[category] = score([c for c in cases if c.category == category])
    return found


def table(rows: dict[str, dict[str, Any]]) -> str:
    """Return scores as a table."""
    lines = [
        f"{'category':<14}{'cases':>6}{'exact':>6}{'edges':>7}{'found':>7}"
        f"{'right':>7}{'P':>8}{'R':>8}"
    ]
    for name, row in rows.items():
        lines.append(
            f"{name:<14}{row['cases']:>6}{row['exact']:>6}"
            f"{row['expected']:>7}{row['found']:>7}{row['right']:>7}"
            f"{row['precision']:>8.3f}{row['recall']:>8.3f}"
        )
    return "\n".join(lines)


def show(cases: list[Case]) -> None:
    """Print the edges that are missing and those that are not expected."""
    for case in cases:
        for sign, edges in (
            ("missing ", case.expected - case.found),
            ("spurious", case.found - case.expected),
        ):
            for caller, callee in sorted(edges):
                print(
                    f"{case.category}/{case.name}: {sign} {caller} ->", callee
                )


def resolved(modules: list[ModuleFacts], flow: bool) -> dict[str, Any]:
    """Count what the call sites of a project are linked to.

    Args:
        modules: the facts of its files.
        flow: whether assignments are followed.
    """
    start = time.process_time()
    kg = CodeKG(modules, flow=flow)
    seconds = time.process_time() - start
    kinds = np.array([str(entity.kind) for entity in kg.entities])
    unknown = np.array([e.qualified_name[0] == "?" for e in kg.entities])
    callee = np.isin(
        kinds, [EntityKind.FUNCTION, EntityKind.METHOD, EntityKind.CLASS]
    )
    sites = project = guesses = 0
    for number, facts in enumerate(modules):
        starts, _, entities = kg.mentions(number)
        calls = entities[np.isin(starts, call_places(facts))]
        sites += len(calls)
        project += int(callee[calls].sum())
        guesses += int(unknown[calls].sum())
    counts = kg.relation_counts()
    return {
        "sites": sites,
        "project": project,
        "unknown": guesses,
        "calls": counts["calls"],
        "instantiates": counts["instantiates"],
        "seconds": round(seconds, 1),
    }


def call_places(facts: ModuleFacts) -> list[int]:
    """Return where the names of a file's callees start."""
    text = read_source(facts.path)
    index = LineIndex(text)
    places = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        func = node.func
        if isinstance(func, ast.Name):
            places.append(index.offset(func.lineno, func.col_offset))
        elif isinstance(func, ast.Attribute):
            assert func.end_lineno is not None
            assert func.end_col_offset is not None
            end = index.offset(func.end_lineno, func.end_col_offset)
            places.append(end - len(func.attr))
    return places


def count(source: str) -> str:
    """Return a table of what a project's call sites resolve to.

    Raises:
        ValueError: if there is no such source.
    """
    found = find_source(source)
    files = [file for project in found.projects for file in project.files]
    modules = [
        facts
        for facts in parse_files(name_modules(files, found.projects[0].root))
        if not isinstance(facts, SourceError) and not facts.recovered
    ]
    rows = [("names only", resolved(modules, False))]
    rows.append(("and flow", resolved(modules, True)))
    lines = ["".join(f"{name:>14}" for name in ("", *rows[0][1]))]
    for name, row in rows:
        lines.append(f"{name:>14}" + "".join(f"{x:>14}" for x in row.values()))
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Run the script; return its exit status."""
    options = read_options(arguments)
    try:
        print_results(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # `... | head`: what is still buffered must not fail again at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (ValueError, OSError) as error:
        print(f"call_graph.py: {error}", file=sys.stderr)
        return 2
    return 0


def read_options(arguments: list[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bench", type=Path, help="folder of the benchmark")
    parser.add_argument("--json", type=Path, help="file to write scores to")
    parser.add_argument("--show", action="store_true", help="list errors")
    parser.add_argument(
        "--source", help="'stdlib', or a directory, file or glob to count in"
    )
    options = parser.parse_args(arguments)
    if (options.bench is None) == (options.source is None):
        parser.error("give one of --bench and --source")
    return options


def print_results(options: argparse.Namespace) -> None:
    """Print, and write if asked, what the options ask for.

    Raises:
        ValueError: if the benchmark or the source is none.
    """
    if options.source is not None:
        print(count(options.source))
        return
    cases = run(options.bench)
    rows = report(cases)
    if options.json is not None:
        with whole_file(options.json) as path:
            path.write_text(json.dumps(rows, indent=2) + "\n")
    if options.show:
        show(cases)
    print(table(rows))


if __name__ == "__main__":
    sys.exit(main())
