"""Options that several commands share."""

from __future__ import annotations

import argparse
from dataclasses import Field, fields
from typing import Any

from gmert_pyg.data.dataset import CodeChainGraphs
from gmert_pyg.schema import Schema, schema_names
from gmert_pyg.training.pretraining.arguments import DataArguments
from gmert_pyg.training.pretraining.data import read_graphs, schema_of


def add_data_options(
    parser: argparse.ArgumentParser, default_root: str | None = None
) -> None:
    """Add what says which graphs to read: the fields of `DataArguments`."""
    group = parser.add_argument_group("data")
    locality = group.add_mutually_exclusive_group()
    for field in fields(DataArguments):
        is_locality = field.name in ("local_only", "non_local_only")
        _add_field(locality if is_locality else group, field)
    if default_root is not None:
        parser.set_defaults(data=default_root)


def _add_field(parser: argparse._ActionsContainer, field: Field[Any]) -> None:
    """Add the flag of a field, with hyphens; of what is on, the way off."""
    name, default = field.name.replace("_", "-"), field.default
    said = dict(field.metadata)
    if isinstance(default, bool):
        verb = "store_false" if default else "store_true"
        if default:
            said["help"] = f"do not {said['help']}"
        parser.add_argument(
            f"--{'no-' if default else ''}{name}",
            dest=field.name,
            action=verb,
            **said,
        )
        return
    if "(default:" not in said["help"]:
        said["help"] += " (default: %(default)s)"
    kind = int if default is None else type(default)
    parser.add_argument(f"--{name}", type=kind, default=default, **said)


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
    return schema_of(name)


def read_dataset(
    arguments: argparse.Namespace, force_reload: bool = False
) -> CodeChainGraphs:
    """Read the dataset that the options name, building it if need be."""
    given = {
        field.name: getattr(arguments, field.name)
        for field in fields(DataArguments)
    }
    return read_graphs(DataArguments(**given), force_reload=force_reload)


def add_seed(parser: argparse.ArgumentParser) -> None:
    """Add the seed."""
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        help="seed of the split, the masks, the weights and the order"
        " (default: %(default)s)",
    )
