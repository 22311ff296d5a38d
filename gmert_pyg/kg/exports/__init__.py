"""The knowledge graph in the forms of other libraries and tools."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from gmert_pyg.kg.exports.file_format import chosen_format
from gmert_pyg.kg.exports.graphs import to_networkx, write_graphml
from gmert_pyg.kg.exports.ntriples import write_ntriples
from gmert_pyg.kg.exports.pyg import to_data, to_hetero
from gmert_pyg.kg.exports.tables import (
    to_pandas,
    write_csv,
    write_jsonl,
    write_parquet,
)
from gmert_pyg.kg.exports.text import unescape
from gmert_pyg.whole_output import whole_file

if TYPE_CHECKING:
    from gmert_pyg.kg.code_kg import CodeKG

__all__ = [
    "FORMATS",
    "export",
    "export_format",
    "to_data",
    "to_hetero",
    "to_networkx",
    "to_pandas",
    "unescape",
    "write_ntriples",
]


def _save(kg: CodeKG, path: Path) -> None:
    kg.save(path)


FORMATS: dict[str, Callable[[CodeKG, Path], None]] = {
    "jsonl": write_jsonl,
    "csv": write_csv,
    "parquet": write_parquet,
    "graphml": write_graphml,
    "nt": write_ntriples,
    "safetensors": _save,
}
"""What writes each format; its name is the suffix of its files."""


def export_format(
    path: str | os.PathLike[str], format: str | None = None
) -> str:
    """Return the format that a file is to have.

    Args:
        path: the file.
        format: the format. (default: that of the suffix)

    Raises:
        ValueError: if there is no such format.
    """
    return chosen_format(FORMATS, path, format)


def export(
    kg: CodeKG, path: str | os.PathLike[str], format: str | None = None
) -> None:
    """Write a knowledge graph to a file, a whole one or none at all.

    Args:
        kg: the knowledge graph.
        path: the file.
        format: one of `FORMATS`. (default: that of the suffix)

    Raises:
        ValueError: if there is no such format, or if a package that it needs
            is not installed.
    """
    write = FORMATS[export_format(path, format)]
    with whole_file(path) as temporary:
        write(kg, temporary)
