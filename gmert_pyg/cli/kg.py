"""`gmert kg`: the knowledge graph of a project, for other tools."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from typing import Any

import numpy as np

from gmert_pyg.cli.options import add_schema, read_schema
from gmert_pyg.cli.project_reading import read_project
from gmert_pyg.kg import CodeKG
from gmert_pyg.kg.exports import FORMATS, export_format
from gmert_pyg.parsing.columns import RESOLUTIONS
from gmert_pyg.parsing.languages import LANGUAGES


def add_parser(commands: Any) -> None:
    """Add the command."""
    suffixes = ", ".join(f".{name}" for name in FORMATS)
    parser = commands.add_parser(
        "kg",
        help="write the knowledge graph of a project",
        description="Read code into a knowledge graph of typed triples, and"
        " write it. Nothing of the code is imported or run.",
    )
    parser.add_argument(
        "source",
        nargs="+",
        metavar="SOURCE",
        help="files and directories; each directory is a project",
    )
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="FILE",
        help=f"the file to write; its suffix is one of {suffixes}",
    )
    add_schema(parser)
    parser.add_argument(
        "--languages",
        default="python",
        metavar="NAMES",
        help=f"'all', or some of {', '.join(LANGUAGES)}, with commas between:"
        " the files that directories are searched for; other than python"
        " needs the extra 'languages' (default: %(default)s)",
    )
    parser.add_argument(
        "--resolver",
        choices=("jedi",),
        help="ask jedi for attributes that remain unresolved; slow, and needs"
        " the extra 'jedi'",
    )
    parser.add_argument(
        "--workers",
        type=int,
        default=os.cpu_count() or 1,
        metavar="N",
        help="processes that parse (default: %(default)s)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Read, write, and print what was found."""
    export_format(arguments.output)  # before the work, not after it
    schema = read_schema(arguments.schema)
    kg = read_project(arguments, schema, arguments.resolver)
    kg.export(arguments.output)
    print_graph(kg)
    print(f"Knowledge graph: {arguments.output}")


def print_graph(kg: CodeKG) -> None:
    """Print the counts of a knowledge graph, and what was left out."""
    kinds = Counter(str(entity.kind) for entity in kg.entities)
    print(
        f"{len(kg.modules):,} files, {len(kg.entities):,} entities,"
        f" {len(kg):,} triples of schema '{kg.schema.name}'"
    )
    print(f"Entities: {_counts(kinds)}")
    print(f"Relations: {_counts(kg.relation_counts())}")
    resolutions = np.bincount(
        kg.triples.resolution, minlength=len(RESOLUTIONS)
    ).tolist()
    by_name = dict(zip(RESOLUTIONS, resolutions, strict=True))
    print(f"Resolved by: {_counts({k: v for k, v in by_name.items() if v})}")
    if kg.dropped:
        print(f"Dropped, outside domain or range: {_counts(kg.dropped)}")
    if kg.skipped:
        print(f"{len(kg.skipped)} files skipped:")
        for path, reason in kg.skipped.items():
            print(f"  {path}: {reason}")


def _counts(counts: dict[str, int] | Counter[str]) -> str:
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    return "  ".join(f"{name} {count:,}" for name, count in ordered)
