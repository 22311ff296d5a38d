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
        cells = _cells([row[who] for who in _WHO])
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
        *_loading_rows(_read(results / "loading_benchmark" / "cpu.json")),
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


def model_table(results: Path) -> str:
    """Return what layer and encoder measured, and how to repeat it."""
    benchmark = _read(results / "model_benchmark" / "cpu.json")
    lines = ["| what | measured | with |", "|---|---|---|"]
    for what, measured, command in [
        *_hgat_rows(_read(results / "hgat_benchmark" / "cpu.json")),
        *_layout_rows(benchmark),
        *_size_rows(benchmark),
        _classifier_row(_read(results / "hgat_on_kg" / "planted.json")),
    ]:
        lines.append(f"| {what} | {measured} | `{command}` |")
    lines += ["", f"{benchmark['hardware']}. CUDA: {benchmark['cuda']}."]
    return "\n".join(lines)


def pretraining_table(results: Path) -> str:
    """Return what runs of pre-training reached on test code, as Markdown."""
    lines = [
        "| run | test code | metric | GraphMERT | majority | lookup |",
        "|---|---|---|--:|--:|--:|",
    ]
    for run in _RUNS:
        report = _read(results / "pretraining" / f"{run}.json")
        test, cost = report["test"], report["cost"]
        told = (
            f"`{report['settings']['preset']}` on"
            f" {report['settings']['source']},"
            f" {cost['training_seconds'] / 60:.1f} minutes"
        )
        for key, task, metric in _PRETRAINING:
            cells = _cells([test["metrics"][who][key][0] for who in _WHO])
            lines.append(f"| {told} | {task} | {metric} | {cells} |")
            told = ""
    return "\n".join(lines)


def _cells(values: list[float]) -> str:
    """Return the figures of a row, the best in bold."""
    best = max(values)
    return " | ".join(
        f"**{value:.3f}**" if value == best else f"{value:.3f}"
        for value in values
    )


_RUNS = ("stdlib-small", "python10-codebert")
_WHO = ("model", "majority", "lookup")
_PRETRAINING = (
    ("mlm_accuracy", "masked tokens", "accuracy"),
    ("leaf_hits@10", "masked leaves", "hits@10"),
    ("leaf_hits@10_non_local", "... non-local", "hits@10"),
    ("relation_accuracy", "masked relations", "accuracy"),
    ("relation_macro_f1", "masked relations", "macro-F1"),
)


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


def _loading_rows(report: dict[str, Any]) -> list[Row]:
    command = "benchmark_loading"
    rates = "; ".join(
        f"{row['token_budget']:,}: {row['whole']['cpu_graphs_per_second']:,.0f}"
        f" ({row['one_by_one_to_whole_cpu']:.0f} times)"
        for row in report["budgets"]
    )
    wait = report["wait"]
    return [
        (
            "batches of so many nodes read, masked and collated by one thread,"
            " graphs per second of its processor (to one graph at a time)",
            rates,
            command,
        ),
        (
            f"waiting for data, preset `small`, {wait['steps']} steps",
            f"{wait['share_of_step_time_waiting']:.1%} of step time",
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


def _hgat_rows(report: dict[str, Any]) -> list[Row]:
    command = "benchmark_hgat"
    largest = report["sizes"][-1]
    forward, both = (
        largest[name]["layer_to_product"]["wall_median"]
        for name in ("forward", "forward_backward")
    )
    per_edge = [
        size["forward_backward_cpu_microseconds_per_edge"]
        for size in report["sizes"]
    ]
    written, unbound = (
        report[f"{loop}_loop"]["forward_backward"]["loop_to_layer_wall"]
        for loop in ("indexed", "unbound")
    )
    memory = report["thousand_relations_of_768"][0]
    return [
        (
            f"H-GAT, {largest['triples']:,} triples of width {report['size']},"
            " to its one grouped matrix product",
            f"{forward:.1f} times its time forward, {both:.1f} times with"
            f" gradients; {min(per_edge):.0f} to {max(per_edge):.0f} µs an edge"
            f" from {report['sizes'][0]['triples']:,} triples on",
            command,
        ),
        (
            "a Python loop over the same triples, with gradients",
            f"{written:,.0f} times the time of the layer; {unbound:,.0f} times"
            " if the parameters are taken apart before",
            command,
        ),
        (
            f"1,000 relations of width 768, {memory['bases']} bases",
            f"{memory['parameters_mb']:.0f} MB of parameters, and"
            f" {memory['forward_backward_mb']:.0f} MB allocated forward and"
            " backward",
            command,
        ),
    ]


PRESETS = {"small": "4 x 256", "base": "12 x 512", "codebert": "12 x 768"}


def _layout_rows(report: dict[str, Any]) -> list[Row]:
    return [
        (
            f"training {PRESETS[size]} in bf16, ragged to 1,024 places a graph",
            f"{ratio['samples_per_second']:.0f} times the samples/s,"
            f" 1/{ratio['allocated_memory']:.0f} of what a step allocates"
            f" (of the whole process 1/{ratio['peak_memory']:.1f})",
            "benchmark_model",
        )
        for size, ratio in report["ragged_to_dense"].items()
    ]


def _size_rows(report: dict[str, Any]) -> list[Row]:
    return [
        (
            f"training {PRESETS[row['size']]} in {row['dtype']}",
            f"{row['seconds_per_sample']:.3f} s a sample,"
            f" {row['nodes_per_second']:,.0f} nodes/s,"
            f" {row['share_of_matmul']:.0%} of the rate of a matrix product",
            "benchmark_model",
        )
        for row in report["rows"]
        if row["group"] == "size" and row["size"] != "small"
    ]


def _classifier_row(report: dict[str, Any]) -> Row:
    measured = ", ".join(
        f"{name} {figures['accuracy']:.2f} ± {figures['deviation']:.2f}"
        for name, figures in report["models"].items()
        if "Conv" in name
    )
    what = "classifying nodes by a typed neighbour, planted"
    return what, measured, "hgat_on_kg"


if __name__ == "__main__":
    results = Path(__file__).parent / "results"
    for make in (reading_table, model_table, pretraining_table):
        print(make(results))
        print()
    print(table(_read(results / "demo" / "metrics.json")))
