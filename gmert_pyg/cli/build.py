"""`gmert build`: read code into chain graphs."""

from __future__ import annotations

import argparse
from typing import Any

from gmert_pyg.cli.options import add_data_options, read_dataset


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "build",
        help="read code into leafy chain graphs",
        description="Read code into leafy chain graphs. Nothing of it is"
        " imported or run.",
    )
    add_data_options(parser)
    parser.add_argument(
        "--force", action="store_true", help="build even if it was built before"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Build, and print what was built."""
    dataset = read_dataset(arguments, arguments.force)
    print_statistics(dataset.statistics)
    print(f"Graphs: {dataset.processed_paths[0]}")


def print_statistics(statistics: dict[str, Any]) -> None:
    """Print the statistics of a dataset, and every skipped file."""
    graphs = statistics["graphs"]
    print(
        f"{statistics['source']}: {statistics['files']:,} files,"
        f" {statistics['functions']:,} functions, {graphs:,} graphs,"
        f" {statistics['roots'] / graphs:.0f} roots and"
        f" {statistics['leaves'] / graphs:.0f} leaves each on average,"
        f" built in {statistics['seconds']:.0f} s"
    )
    print(
        f"{statistics['triples']:,} triples"
        f" ({statistics['local_share']:.0%} name what their chunk shows);"
        f" {statistics['linked_share']:.1%} of identifiers linked"
    )
    by_relation = sorted(
        statistics["triples_by_relation"].items(), key=lambda item: -item[1]
    )
    print("  ".join(f"{name} {count:,}" for name, count in by_relation))
    print_losses(statistics)


def print_losses(statistics: dict[str, Any]) -> None:
    """Print what is in no graph, and every file that was not wholly read."""
    outside = statistics["outside_roots"]
    print(
        f"{outside:,} tokens ({outside / max(statistics['file_roots'], 1):.1%})"
        f" lie outside of what becomes graphs;"
        f" {statistics['forced_cuts']:,} cuts inside a statement;"
        f" {statistics['long_tails']:,} triples with too long a tail;"
        f" {statistics['dropped_facts']:,} facts outside a relation's domain"
        " or range"
    )
    recovered = statistics["recovered"]
    if recovered:
        print(f"{len(recovered)} files with errors of syntax, read past them:")
        for path in recovered:
            print(f"  {path}")
    skipped = statistics["skipped"]
    if skipped:
        print(f"{len(skipped)} files skipped:")
        for path, reason in skipped.items():
            print(f"  {path}: {reason}")
