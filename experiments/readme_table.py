"""Print the tables of the README, from what was measured.

python experiments/readme_table.py
"""

import json
from pathlib import Path
from typing import Any


def table(metrics: dict[str, Any]) -> str:
    """Return a demo's metrics, and what they cost, as Markdown."""
    lines = [
        "| held-out modules | metric | items | GraphMERT | majority | lookup |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for row in metrics["held_out"]:
        values = {who: row[who] for who in ("model", "majority", "lookup")}
        best = max(values.values())
        cells = " | ".join(
            f"**{value:.3f}**" if value == best else f"{value:.3f}"
            for value in values.values()
        )
        lines.append(
            f"| {row['task']} | {row['metric']} | {row['num_items']:,} |"
            f" {cells} |"
        )
    run, data = metrics["run"], metrics["dataset"]
    completions = metrics["completions"]
    lines += [
        "",
        f"Of {completions['triples']} held-out triples whose tail was hidden, "
        f"{completions['all_hidden']:.0%} were restored exactly and "
        f"{completions['all_known']:.0%} got another tail that static analysis"
        " states.",
        f"`{run['command']}`: {run['hardware']}, {run['time']} in all, of which"
        f" {data['seconds']:.0f} s for the {data['graphs']:,} graphs of"
        f" {data['functions']:,} functions; {run['peak memory']} in the"
        " largest process;"
        f" {run['parameters']} parameters; one seed. {run['versions']}.",
    ]
    return "\n".join(lines)


def reading_table(results: Path) -> str:
    """Return what reading code measured, and how to repeat it, as Markdown."""
    lines = ["| what | measured | with |", "|---|---|---|"]
    for what, measured, command in [
        *_call_graph_rows(results / "call_graph"),
        *_build_rows(_read(results / "build_benchmark" / "stdlib.json")),
        *_memory_rows(_read(results / "memory_benchmark" / "stdlib.json")),
        *_robustness_rows(_read(results / "robustness" / "report.json")),
        *_corpus_rows(_read(results / "corpora" / "python10.json")),
    ]:
        lines.append(f"| {what} | {measured} | `{command}` |")
    versions = _read(results / "build_benchmark" / "stdlib.json")["versions"]
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    lines += [
        "",
        "Commands stand for `python experiments/NAME.py`; CPU, 2 processors,"
        f" {named}.",
    ]
    return "\n".join(lines)


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


Row = tuple[str, str, str]


def _call_graph_rows(folder: Path) -> list[Row]:
    benches = {
        "pycg_63": "call edges, 63 cases of PyCG's micro-benchmark",
        "held_out_51": "call edges, 51 cases written apart from the analysis",
    }
    rows = []
    for name, what in benches.items():
        scores = _read(folder / f"{name}.json")["all"]
        measured = (
            f"precision {scores['precision']:.3f}, recall"
            f" {scores['recall']:.3f} over {scores['expected']} edges"
        )
        rows.append((what, measured, "call_graph --bench DIR"))
    return rows


def _build_rows(report: dict[str, Any]) -> list[Row]:
    build, load = report["build"], report["load"]
    command = "build_benchmark"
    return [
        (
            "building the standard library's graphs, 2 processes",
            f"{build['seconds']:.0f} s, that is"
            f" {report['build_to_reference']:.1f} times"
            " `ast.parse` and tokenizing in one process;"
            f" {build['graphs_per_second']:,.0f} graphs/s",
            command,
        ),
        (
            "peak memory of that",
            f"{build['peak_gib_of_largest_process']:.1f} GiB in the largest"
            " process",
            command,
        ),
        (
            "opening it; reading graphs in random order",
            f"{load['seconds_to_open']:.2f} s;"
            f" {load['random_graphs_per_second']:,.0f} graphs/s",
            command,
        ),
    ]


def _memory_rows(report: dict[str, Any]) -> list[Row]:
    first, last = report["sizes"][0], report["sizes"][-1]
    growth = last["megabytes"] / first["megabytes"]
    measured = (
        f"building {first['build']['peak_mib']:.0f} to"
        f" {last['build']['peak_mib']:.0f} MiB, reading"
        f" {first['read']['peak_mib']:.0f} to"
        f" {last['read']['peak_mib']:.0f} MiB in the largest process,"
        " mapped files left out"
    )
    what = f"memory while a corpus grows {growth:.0f} times"
    return [(what, measured, "memory_benchmark")]


def _robustness_rows(report: dict[str, Any]) -> list[Row]:
    rows = []
    for result in report["results"]:
        read = sum(
            count
            for outcome, count in result["outcomes"].items()
            if outcome.startswith("read")
        )
        failures = len(result["failures"]) or "no"
        measured = (
            f"{read:,} of {result['files']:,} files read, the others refused"
            f" for a reason; {failures} crashes or hangs"
        )
        rows.append((result["name"], measured, "robustness"))
    return rows


def _corpus_rows(report: dict[str, Any]) -> list[Row]:
    counts = report["corpus"]
    measured = (
        f"{counts['functions']:,} functions, {counts['graphs']:,} graphs,"
        f" {counts['triples']:,} triples, of which"
        f" {1 - counts['local_share']:.0%} are not in the text of their chunk;"
        f" {counts['linked_share']:.0%} of identifiers linked"
    )
    return [("python10", measured, "corpus_statistics python10")]


if __name__ == "__main__":
    results = Path(__file__).parent / "results"
    print(reading_table(results))
    print()
    print(table(_read(results / "demo" / "metrics.json")))
