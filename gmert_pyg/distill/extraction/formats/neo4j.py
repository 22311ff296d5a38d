r"""Extracted triples as CSV for graph databases.

The headers are those that Neo4j documents for imports. `kg.csv` holds the
relationships and `kg.nodes.csv` the nodes::

    neo4j-admin database import full --multiline-fields=true \
        --nodes=kg.nodes.csv --relationships=kg.csv

The kinds of a node are its labels. A relationship has its sources in arrays:
`file`, `line`, `start`, `end` and `chunk` of the same position belong together.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from gmert_pyg.distill.extraction.extracted_triples import ExtractedTriple
from gmert_pyg.distill.extraction.formats.nodes import (
    NodeTable,
    Triples,
    head_key,
    node_table,
    tail_key,
)
from gmert_pyg.kg.exports.text import NOT_IN_UNICODE, escape
from gmert_pyg.whole_output import whole_file

NODE_HEADER = (":ID", "name", ":LABEL")
RELATIONSHIP_HEADER = (
    *(":START_ID", ":TYPE", ":END_ID", "head_kind", "tail_kind"),
    *("confidence:double", "similarity:double", "decoding", "status"),
    *("file:string[]", "line:int[]", "start:int[]", "end:int[]"),
    "chunk:string[]",
)
_SEPARATOR = ";"
_NOT_IN_ARRAYS = re.compile(f"{_SEPARATOR}|{NOT_IN_UNICODE.pattern}")


def nodes_path(path: str | os.PathLike[str]) -> Path:
    """Return the file of the nodes that belongs to one of relationships."""
    path = Path(path)
    return path.with_name(f"{path.stem}.nodes{path.suffix}")


def write_csv(triples: Triples, path: Path) -> None:
    r"""Write the relationships, and the nodes to :func:`nodes_path`.

    A surrogate, which UTF-8 cannot hold, is written as `\uXXXX`; inside of
    arrays so is the semicolon that separates their values.
    """
    with (
        node_table() as nodes,
        whole_file(path) as temporary,
        whole_file(nodes_path(path)) as temporary_nodes,
    ):
        with temporary.open("w", encoding="utf-8", newline="") as file:
            _write_relationships(triples(), nodes, file)
        with temporary_nodes.open("w", encoding="utf-8", newline="") as file:
            _write_nodes(nodes, file)


def _write_relationships(
    triples: Iterable[ExtractedTriple], nodes: NodeTable, file: IO[str]
) -> None:
    csv.writer(file).writerow(RELATIONSHIP_HEADER)
    # An importer trims what is not in quotes.
    writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
    for triple in triples:
        nodes.add(triple)
        sources = triple.sources
        writer.writerow(
            (
                _text(head_key(triple)),
                _text(triple.relation),
                _text(tail_key(triple)),
                triple.head_kind,
                triple.tail_kind,
                triple.confidence,
                triple.similarity,
                _text(triple.decoding),
                str(triple.status),
                _array(source.file for source in sources),
                _array(source.line for source in sources),
                _array(source.start for source in sources),
                _array(source.end for source in sources),
                _array(source.chunk for source in sources),
            )
        )


def _write_nodes(nodes: NodeTable, file: IO[str]) -> None:
    csv.writer(file).writerow(NODE_HEADER)
    writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
    for node in nodes:
        labels = _SEPARATOR.join(node.kinds)
        writer.writerow((_text(node.key), _text(node.name), labels))


def _text(text: str) -> str:
    return escape(text, NOT_IN_UNICODE)


def _array(values: Iterable[object]) -> str:
    return _SEPARATOR.join(
        escape(str(value), _NOT_IN_ARRAYS) for value in values
    )
