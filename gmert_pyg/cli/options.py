"""Options that several commands share."""

from __future__ import annotations

import argparse
import os

from gmert_pyg.data.chunking.units import UNITS
from gmert_pyg.data.dataset import CodeChainGraphs
from gmert_pyg.parsing.languages import LANGUAGES
from gmert_pyg.schema import Schema, get_schema, schema_names


def add_data_options(
    parser: argparse.ArgumentParser, default_root: str = "runs/data"
) -> None:
    """Add what says which graphs to read."""
    group = parser.add_argument_group("data")
    group.add_argument(
        "--data",
        metavar="ROOT",
        default=default_root,
        help="where built graphs are kept (default: %(default)s)",
    )
    group.add_argument(
        "--source",
        default="stdlib",
        help="'stdlib'; 'python10', ten pinned projects;"
        " 'pypi:NAME[==VERSION][,...]', wheels that pip downloads, which are"
        " never run; a .jsonl or .jsonl.gz file whose records have 'code'; or a"
        " directory, file or glob (default: %(default)s)",
    )
    group.add_argument(
        "--languages",
        default="python",
        metavar="NAMES",
        help="what a directory, a glob or records are read for: 'all' or"
        f" some of {','.join(LANGUAGES)} (default: %(default)s)",
    )
    group.add_argument(
        "--unit",
        choices=tuple(UNITS),
        default="function",
        help="what becomes graphs: functions, whole classes and the functions"
        " outside of them, or whole files (default: %(default)s)",
    )
    group.add_argument(
        "--max-roots",
        type=int,
        default=128,
        metavar="N",
        help="cut longer units into windows of N tokens at most"
        " (default: %(default)s)",
    )
    group.add_argument(
        "--repeat-signature",
        action="store_true",
        help="repeat the signatures around a window that starts inside a"
        " function or class",
    )
    group.add_argument(
        "--max-triples-per-head",
        type=int,
        default=4,
        metavar="N",
        help="triples that one identifier heads (default: %(default)s)",
    )
    group.add_argument(
        "--no-occurrences",
        action="store_true",
        help="leave out the edges between occurrences of names",
    )
    add_schema(group)
    group.add_argument(
        "--alpha",
        type=float,
        default=0.05,
        metavar="SCORE",
        help="leave out triples of lower relevance (default: %(default)s)",
    )
    locality = group.add_mutually_exclusive_group()
    locality.add_argument(
        "--local-only",
        action="store_true",
        help="leave out triples that the code in front does not show",
    )
    locality.add_argument(
        "--non-local-only",
        action="store_true",
        help="leave out triples that the code in front shows",
    )
    group.add_argument(
        "--workers",
        type=int,
        default=os.cpu_count() or 1,
        metavar="N",
        help="processes that parse (default: %(default)s)",
    )


def add_schema(
    parser: argparse._ActionsContainer,
    default: str | None = "code",
    called: str = "%(default)s",
) -> None:
    """Add which relations to read."""
    parser.add_argument(
        "--schema",
        default=default,
        metavar="NAME",
        help=f"the relations: {', '.join(schema_names())}, or the JSON file of"
        f" a schema (default: {called})",
    )


def read_schema(name: str) -> Schema:
    """Return the schema that an option names, or the file that it names."""
    return (
        Schema.from_json(name) if name.endswith(".json") else get_schema(name)
    )


def read_dataset(
    arguments: argparse.Namespace, force_reload: bool = False
) -> CodeChainGraphs:
    """Read the dataset that the options name, building it if need be."""
    return CodeChainGraphs(
        arguments.data,
        source=arguments.source,
        languages=_names(arguments.languages),
        schema=read_schema(arguments.schema),
        unit=arguments.unit,
        max_roots=arguments.max_roots,
        repeat_signature=arguments.repeat_signature,
        max_triples_per_head=arguments.max_triples_per_head,
        occurrences=not arguments.no_occurrences,
        alpha=arguments.alpha,
        local_only=arguments.local_only,
        non_local_only=arguments.non_local_only,
        num_workers=arguments.workers,
        force_reload=force_reload,
        progress=True,
    )


def _names(languages: str) -> str | list[str]:
    names = [name.strip() for name in languages.split(",")]
    return names[0] if len(names) == 1 else names


def add_seed(parser: argparse.ArgumentParser) -> None:
    """Add the seed."""
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        help="seed of the split, the masks, the weights and the order"
        " (default: %(default)s)",
    )
