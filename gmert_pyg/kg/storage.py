"""A knowledge graph in one file, without pickle."""

from __future__ import annotations

import json
import os
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from gmert_pyg.kg.columns import Evidence, Triples
from gmert_pyg.kg.contents import Contents
from gmert_pyg.kg.entities import KGEntity, KGModule
from gmert_pyg.kg.validation import validate
from gmert_pyg.parsing import Definition, StatementTable
from gmert_pyg.parsing.columns import RESOLUTION_CODES, OccurrenceTable
from gmert_pyg.schema import EntityKind, Schema
from gmert_pyg.whole_output import whole_file

FORMAT_VERSION = 1
_KINDS = tuple(EntityKind)
_NUMBERS: dict[Any, type] = {"int": np.int32, "bool": np.bool_}
_KIND_CODES = {kind: code for code, kind in enumerate(_KINDS)}

Array = NDArray[Any]
Row = TypeVar("Row")
Table = TypeVar("Table")


def save(contents: Contents, path: str | os.PathLike[str]) -> None:
    """Write a knowledge graph; a reader sees all of it or nothing.

    The file is one of safetensors: columns named `table.column`, strings as
    UTF-8 with their offsets, and a JSON header in the metadata.

    Args:
        contents: the knowledge graph.
        path: the file.
    """
    from gmert_pyg import __version__

    columns: dict[str, Array] = {}
    for name, table in (
        ("triples", contents.triples),
        ("evidence", contents.evidence),
    ):
        for field in fields(table):
            columns[f"{name}.{field.name}"] = getattr(table, field.name)
    for place, name in enumerate(("start", "end", "entity")):
        parts = [mentions[place] for mentions in contents.mentions]
        columns[f"mentions.{name}"] = _concatenated(parts)
    columns |= _tables_to_columns(
        "statements", StatementTable, contents.statements
    )
    columns |= _tables_to_columns(
        "occurrences", OccurrenceTable, contents.occurrences
    )
    columns["mentions.pointers"] = _pointers(m[0] for m in contents.mentions)
    columns["definitions.pointers"] = _pointers(contents.definitions)
    definitions = [d for of_file in contents.definitions for d in of_file]
    columns |= _rows_to_columns("modules", KGModule, contents.modules)
    columns |= _rows_to_columns("entities", KGEntity, contents.entities)
    columns |= _rows_to_columns("definitions", Definition, definitions)
    header = {
        "format": FORMAT_VERSION,
        "kind": "knowledge graph",
        "version": __version__,
        "schema": contents.schema.to_dict(),
        "entity_kinds": list(_KINDS),
        "resolutions": list(RESOLUTION_CODES),
        "dropped": contents.dropped,
        "skipped": contents.skipped,
    }
    with whole_file(path) as temporary:
        save_file(
            {k: np.ascontiguousarray(v) for k, v in columns.items()},
            temporary,
            metadata={"header": json.dumps(header)},
        )


def load(path: str | os.PathLike[str]) -> Contents:
    """Read what `save` wrote.

    Args:
        path: the file.

    Raises:
        ValueError: if the file is cut short, is none of ours, was written by
            another version, or holds no valid graph.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            header = json.loads((file.metadata() or {})["header"])
            if (header["kind"], header["format"]) != (
                "knowledge graph",
                FORMAT_VERSION,
            ):
                raise ValueError(
                    f"'{header['kind']}' of format {header['format']}, not"
                    f" 'knowledge graph' of format {FORMAT_VERSION}"
                )
            columns = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        contents = _contents(columns, header)
        validate(contents)
    except (SafetensorError, LookupError, TypeError, ValueError) as error:
        raise ValueError(
            "'path' must be a whole knowledge graph, as `save` writes it (got"
            f" '{path}': {error})"
        ) from error
    return contents


def _contents(columns: dict[str, Array], header: dict[str, Any]) -> Contents:
    resolution = columns["triples.resolution"]
    codes = [RESOLUTION_CODES[name] for name in header["resolutions"]]
    columns["triples.resolution"] = np.array(codes, np.int8)[resolution]
    kinds = [EntityKind(kind) for kind in header["entity_kinds"]]
    bounds = columns["mentions.pointers"][1:-1]
    mentions = zip(
        *(
            np.split(columns[f"mentions.{name}"], bounds)
            for name in ("start", "end", "entity")
        ),
        strict=True,
    )
    modules = _columns_to_rows("modules", KGModule, columns, kinds)
    definitions = _columns_to_rows("definitions", Definition, columns, kinds)
    places = columns["definitions.pointers"].tolist()
    return Contents(
        schema=Schema.from_dict(header["schema"]),
        modules=modules,
        entities=_columns_to_rows("entities", KGEntity, columns, kinds),
        triples=_table("triples", Triples, columns),
        evidence=_table("evidence", Evidence, columns),
        mentions=list(mentions)[: len(modules)],
        definitions=[
            definitions[first:last] for first, last in pairwise(places)
        ],
        statements=_columns_to_tables("statements", StatementTable, columns),
        occurrences=_columns_to_tables("occurrences", OccurrenceTable, columns),
        dropped=header["dropped"],
        skipped=header["skipped"],
    )


def _tables_to_columns(
    name: str, kind: Callable[..., Table], tables: Sequence[Table]
) -> dict[str, Array]:
    columns: dict[str, Array] = {}
    lengths: list[Array] = []
    for field in fields(kind):  # type: ignore[arg-type]
        lengths = [np.array(getattr(t, field.name), np.int32) for t in tables]
        columns[f"{name}.{field.name}"] = _concatenated(lengths)
    columns[f"{name}.pointers"] = _pointers(lengths)
    return columns


def _columns_to_tables(
    name: str, make: Callable[..., Table], columns: dict[str, Array]
) -> list[Table]:
    names = [field.name for field in fields(make)]  # type: ignore[arg-type]
    return [
        make(
            **{
                key: array("i", columns[f"{name}.{key}"][first:last].tolist())
                for key in names
            }
        )
        for first, last in pairwise(columns[f"{name}.pointers"].tolist())
    ]


def _table(
    name: str, make: Callable[..., Table], columns: dict[str, Array]
) -> Table:
    return make(
        **{
            field.name: columns[f"{name}.{field.name}"]
            for field in fields(make)  # type: ignore[arg-type]
        }
    )


def _rows_to_columns(
    name: str, kind: type[Row], rows: Sequence[Row]
) -> dict[str, Array]:
    columns: dict[str, Array] = {}
    for field in fields(kind):  # type: ignore[arg-type]
        key = f"{name}.{field.name}"
        values = [getattr(row, field.name) for row in rows]
        # Annotations are strings: this package postpones their evaluation.
        if field.type == "EntityKind":
            codes = [_KIND_CODES[value] for value in values]
            columns[key] = np.array(codes, np.int8)
        elif field.type in _NUMBERS:
            columns[key] = np.array(values, _NUMBERS[field.type])
        else:
            columns |= _strings_to_columns(key, values)
    return columns


def _columns_to_rows(
    name: str,
    make: type[Row],
    columns: dict[str, Array],
    kinds: Sequence[EntityKind],
) -> list[Row]:
    values: list[list[Any]] = []
    for field in fields(make):  # type: ignore[arg-type]
        key = f"{name}.{field.name}"
        if field.type == "EntityKind":
            values.append([kinds[code] for code in columns[key].tolist()])
        elif field.type in _NUMBERS:
            values.append(columns[key].tolist())
        else:
            values.append(_columns_to_strings(key, columns))
    return list(map(make, *values))


def _strings_to_columns(key: str, texts: Sequence[str]) -> dict[str, Array]:
    # A literal of a program may hold surrogates, which plain UTF-8 refuses.
    encoded = "".join(texts).encode("utf-8", "surrogatepass")
    return {
        f"{key}.text": np.frombuffer(encoded, np.uint8),
        f"{key}.offsets": _pointers(texts),
    }


def _columns_to_strings(key: str, columns: dict[str, Array]) -> list[str]:
    encoded = columns[f"{key}.text"].tobytes()
    text = encoded.decode("utf-8", "surrogatepass")
    places = columns[f"{key}.offsets"].tolist()
    return [text[first:last] for first, last in pairwise(places)]


def _pointers(parts: Iterable[Any]) -> NDArray[np.int64]:
    return np.cumsum([0, *(len(part) for part in parts)], dtype=np.int64)


def _concatenated(parts: Sequence[Array]) -> Array:
    return np.concatenate(parts) if parts else np.empty(0, np.int32)
