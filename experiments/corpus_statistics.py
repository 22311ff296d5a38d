"""Print and save the statistics of a corpus, its projects and its split.

    python experiments/corpus_statistics.py SOURCE --output FILE.json

SOURCE is anything that `CodeChainGraphs` reads, such as `python10`.
"""

import argparse
import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gmert_pyg import CodeChainGraphs
from gmert_pyg.data.splits import PARTS, Split

COLUMNS = {
    "functions": "functions",
    "graphs": "graphs",
    "roots": "roots",
    "leaves": "leaves",
    "triples": "triples",
    "linked_share": "linked",
    "local_share": "local",
}


def main() -> None:
    """Build, count, print, save."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source")
    parser.add_argument("--data", default="runs/data", metavar="ROOT")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    dataset = CodeChainGraphs(
        arguments.data, source=arguments.source, progress=True
    )
    split = dataset.split()
    found = {
        "source": arguments.source,
        "python": platform.python_version(),
        "corpus": dataset.statistics,
        "split": split_statistics(dataset, split),
        "held_out_groups": {
            part: list(names) for part, names in split.groups.items()
        },
    }
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(found, indent=2) + "\n")
    print(corpus_table(dataset.statistics))
    print()
    print(relation_table(dataset.statistics))
    print()
    print(split_table(found["split"]))
    print()
    print(split)


def split_statistics(
    dataset: CodeChainGraphs, split: Split
) -> dict[str, dict[str, int]]:
    """Return counts of each part, duplicates taken out."""
    counts = split.statistics()
    for part in PARTS:
        chosen = dataset.index_select(getattr(split, part).tolist())
        sizes = chosen.num_nodes_per_graph
        counts[part]["nodes"] = int(np.sum(sizes))
    return counts


def corpus_table(statistics: Mapping[str, Any]) -> str:
    """Return a row for each project, and one for all, as Markdown."""
    lines = [
        f"| project | files | {' | '.join(COLUMNS.values())} |",
        f"|---|{'--:|' * (1 + len(COLUMNS))}",
    ]
    rows = {**statistics.get("projects", {}), "all": statistics}
    for name, counts in rows.items():
        cells = [name, f"{counts['files']:,}"]
        for column in COLUMNS:
            value = counts[column]
            is_share = isinstance(value, float)
            cells.append(f"{value:.1%}" if is_share else f"{value:,}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def relation_table(statistics: Mapping[str, Any]) -> str:
    """Return the number of grafted triples of each relation, as Markdown."""
    counts = sorted(
        statistics["triples_by_relation"].items(), key=lambda item: -item[1]
    )
    rows = [f"| {name} | {count:,} |" for name, count in counts]
    return "\n".join(["| relation | triples |", "|---|--:|", *rows])


def split_table(split: Mapping[str, Mapping[str, int]]) -> str:
    """Return a row for each part, as Markdown."""
    lines = [
        "| part | graphs | nodes | exact duplicates | near-duplicates |",
        "|---|--:|--:|--:|--:|",
    ]
    for part, counts in split.items():
        lines.append(
            f"| {part} | {counts['graphs']:,} | {counts['nodes']:,} |"
            f" {counts['exact_duplicates_left_out']:,} |"
            f" {counts['near_duplicates_left_out']:,} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
