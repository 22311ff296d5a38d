"""`gmert info`: what is installed, and what the graphs can say."""

from __future__ import annotations

import argparse
from typing import Any

import torch

from gmert_pyg.package_versions import package_versions
from gmert_pyg.schema import Schema, get_schema, schema_names


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "info",
        help="print versions, devices and schemas",
        description="Print versions, devices and the relations of all schemas.",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print it all."""
    for package, number in package_versions().items():
        print(f"{package:16} {number}")
    device = (
        torch.cuda.get_device_name()
        if torch.cuda.is_available()
        else f"CPU, {torch.get_num_threads()} threads"
    )
    print(f"{'device':16} {device}")
    for name in schema_names():
        print_schema(get_schema(name))


def print_schema(schema: Schema) -> None:
    """Print the relations of a schema, with their ids, domains and ranges."""
    print(f"\nSchema '{schema.name}', version {schema.version}")
    for relation_id, relation in enumerate(schema.relations):
        domain = ", ".join(sorted(relation.domain))
        range_ = ", ".join(sorted(relation.range))
        print(f"{relation_id:3} {relation.name:14} {domain} -> {range_}")
