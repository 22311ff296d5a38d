"""Extracted triples in the forms of other libraries and tools.

Every format has the same nodes (see
:mod:`~gmert_pyg.distill.extraction.formats.nodes`). Files are written triple by
triple, so that memory does not grow with their number. What a format cannot
hold in a name is written as :mod:`gmert_pyg.kg.exports.text` says.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from gmert_pyg.distill.extraction.formats.graphs import (
    to_networkx,
    write_graphml,
)
from gmert_pyg.distill.extraction.formats.hetero import to_hetero
from gmert_pyg.distill.extraction.formats.jsonl import read_jsonl, write_jsonl
from gmert_pyg.distill.extraction.formats.neo4j import nodes_path, write_csv
from gmert_pyg.distill.extraction.formats.nodes import Triples
from gmert_pyg.distill.extraction.formats.ntriples import write_ntriples
from gmert_pyg.distill.extraction.formats.parquet import write_parquet
from gmert_pyg.kg.exports.arrow import import_pyarrow
from gmert_pyg.kg.exports.file_format import chosen_format

__all__ = [
    "FORMATS",
    "check_format",
    "export_triples",
    "nodes_path",
    "read_jsonl",
    "to_hetero",
    "to_networkx",
]

FORMATS: dict[str, Callable[[Triples, Path], None]] = {
    "jsonl": write_jsonl,
    "parquet": write_parquet,
    "csv": write_csv,
    "nt": write_ntriples,
    "graphml": write_graphml,
}
"""What writes each format, a whole file or none; its name is the suffix."""


def check_format(
    path: str | os.PathLike[str], format: str | None = None
) -> str:
    """Return the format that a file of triples is to have.

    Args:
        path: the file.
        format: one of `FORMATS`. (default: that of the suffix)

    Raises:
        ValueError: if there is no such format, if a package that it needs is
            not installed, or if `path` is a directory.
    """
    chosen = chosen_format(FORMATS, path, format)
    if chosen == "parquet":
        import_pyarrow()
    written = [Path(path)]
    if chosen == "csv":
        written.append(nodes_path(path))
    for file in written:
        if file.is_dir():
            raise ValueError(
                f"'path' must be a file (got the directory '{file}')"
            )
    return chosen


def export_triples(
    triples: Triples,
    path: str | os.PathLike[str],
    format: str | None = None,
) -> None:
    """Write triples to a file, a whole one or none at all.

    Args:
        triples: gives an iterator of the triples, the same at every call, such
            as `WorkingFile.triples`.
        path: the file; as CSV, the nodes are written to :func:`nodes_path`.
        format: one of `FORMATS`. (default: that of the suffix)

    Raises:
        ValueError: as `check_format` does.
        OSError: if the file cannot be written.
    """
    FORMATS[check_format(path, format)](triples, Path(path))
