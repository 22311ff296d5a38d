"""Extracted triples as Parquet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from gmert_pyg.distill.extraction.extracted_triples import ExtractedTriple
from gmert_pyg.distill.extraction.formats.jsonl import record
from gmert_pyg.distill.extraction.formats.nodes import Triples
from gmert_pyg.kg.exports.arrow import import_pyarrow
from gmert_pyg.kg.exports.text import NOT_IN_UNICODE, escape
from gmert_pyg.whole_output import whole_file

ROWS_AT_ONCE = 1 << 13


def write_parquet(triples: Triples, path: Path) -> None:
    r"""Write one triple per row, a row group at a time.

    The columns are the fields of a triple in their order; `sources` is a list
    of structs. A surrogate, which UTF-8 cannot hold, is written as `\uXXXX`.

    Raises:
        ValueError: if pyarrow is not installed.
    """
    pa, parquet = import_pyarrow()
    schema = _schema(pa)
    with (
        whole_file(path) as temporary,
        parquet.ParquetWriter(temporary, schema, compression="zstd") as writer,
    ):
        for rows in _batches(triples()):
            writer.write_table(pa.Table.from_pylist(rows, schema))


def _schema(pa: Any) -> Any:
    text = pa.string()
    source = pa.struct(
        [
            ("file", text),
            *((name, pa.int32()) for name in ("line", "start", "end")),
            ("chunk", text),
        ]
    )
    names = ("head", "relation", "tail", "head_kind", "tail_kind")
    return pa.schema(
        [
            *((name, text) for name in names),
            ("confidence", pa.float64()),
            ("similarity", pa.float64()),
            ("decoding", text),
            ("status", text),
            ("sources", pa.list_(source)),
        ]
    )


def _batches(
    triples: Iterable[ExtractedTriple],
) -> Iterator[list[dict[str, Any]]]:
    rows = (record(triple, _text) for triple in triples)
    while batch := list(islice(rows, ROWS_AT_ONCE)):
        yield batch


def _text(text: str) -> str:
    return escape(text, NOT_IN_UNICODE)
