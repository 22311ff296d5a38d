"""The knowledge graph as a table: pandas, Parquet, CSV and JSON lines."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gmert_pyg.kg.exports.arrow import import_pyarrow
from gmert_pyg.kg.exports.text import NOT_IN_UNICODE, escape
from gmert_pyg.parsing.columns import RESOLUTIONS

if TYPE_CHECKING:
    import pandas as pd

    from gmert_pyg.kg.code_kg import CodeKG

COLUMNS = (
    *("head", "relation", "tail", "head_kind", "tail_kind"),
    *("file", "line", "resolution", "confidence"),
)
FILE_COLUMNS = (*COLUMNS, "start", "end", "tail_text")
"""What files have beside the columns of the table: the characters that state
the triple, and the tail as it is written in code, for a docstring its first
sentence."""

ROWS_AT_ONCE = 1 << 16


class _Names:
    """What the numbers in the columns of triples stand for.

    Args:
        kg: the knowledge graph.
        forbidden: characters to escape in all names. (default: none)
    """

    def __init__(
        self, kg: CodeKG, forbidden: re.Pattern[str] | None = None
    ) -> None:
        def array(texts: Iterable[str]) -> NDArray[np.object_]:
            if forbidden is not None:
                texts = [escape(text, forbidden) for text in texts]
            return np.array(list(texts), object)

        self.entity = array(entity.qualified_name for entity in kg.entities)
        self.text = array(map(kg.tail_text, range(len(kg.entities))))
        self.path = array(module.path for module in kg.modules)
        self.kind = np.array([str(e.kind) for e in kg.entities], object)
        self.relation = np.array(kg.schema.relation_names, object)
        self.resolution = np.array(list(RESOLUTIONS), object)


def _columns(kg: CodeKG, rows: slice, names: _Names) -> dict[str, Any]:
    """Return some triples as columns, by name, in the order of `COLUMNS`."""
    triples = kg.triples
    head, tail = triples.head[rows], triples.tail[rows]
    return {
        "head": names.entity[head],
        "relation": names.relation[triples.relation[rows]],
        "tail": names.entity[tail],
        "head_kind": names.kind[head],
        "tail_kind": names.kind[tail],
        "file": names.path[triples.module[rows]],
        "line": triples.line[rows],
        "resolution": names.resolution[triples.resolution[rows]],
        "confidence": triples.confidence[rows],
    }


def to_pandas(kg: CodeKG) -> pd.DataFrame:
    """Return the triples of a knowledge graph as a table."""
    import pandas as pd

    names = _Names(kg)
    columns = _columns(kg, slice(None), names)
    texts = "".join((*names.entity, *names.path))
    if NOT_IN_UNICODE.search(texts):
        # Strings that Arrow holds, as pandas 3 has them, know no surrogates.
        for name, values in columns.items():
            columns[name] = pd.Series(values, dtype=values.dtype)
    return pd.DataFrame(columns)


def write_jsonl(kg: CodeKG, path: Path) -> None:
    r"""Write one triple per line, as a JSON object with `FILE_COLUMNS`.

    The file is plain ASCII: other characters, surrogates too, are `\u` escapes
    of JSON.
    """
    with path.open("w", encoding="ascii", newline="\n") as file:
        for columns in _batches(kg):
            for row in zip(*columns.values(), strict=True):
                record = dict(zip(columns, row, strict=True))
                file.write(f"{json.dumps(record)}\n")


def write_csv(kg: CodeKG, path: Path) -> None:
    r"""Write the table as comma-separated values, as RFC 4180 has them.

    A surrogate, which UTF-8 cannot hold, is written as `\uXXXX`.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(FILE_COLUMNS)
        for columns in _batches(kg, NOT_IN_UNICODE):
            writer.writerows(zip(*columns.values(), strict=True))


def write_parquet(kg: CodeKG, path: Path) -> None:
    r"""Write the table as Parquet, a row group at a time.

    A surrogate, which UTF-8 cannot hold, is written as `\uXXXX`.

    Raises:
        ValueError: if pyarrow is not installed.
    """
    pa, parquet = import_pyarrow()
    types = dict.fromkeys(("line", "start", "end"), pa.int32())
    types["confidence"] = pa.float64()
    schema = pa.schema(
        [(name, types.get(name, pa.string())) for name in FILE_COLUMNS]
    )
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for columns in _batches(kg, NOT_IN_UNICODE):
            writer.write_table(pa.table(columns, schema))


def _batches(
    kg: CodeKG, forbidden: re.Pattern[str] | None = None
) -> Iterator[dict[str, list[Any]]]:
    """Yield the triples, some at once, as the columns of `FILE_COLUMNS`."""
    names, triples = _Names(kg, forbidden), kg.triples
    for first in range(0, len(kg), ROWS_AT_ONCE):
        rows = slice(first, first + ROWS_AT_ONCE)
        columns = {k: v.tolist() for k, v in _columns(kg, rows, names).items()}
        columns["confidence"] = [round(x, 4) for x in columns["confidence"]]
        columns["start"] = triples.start[rows].tolist()
        columns["end"] = triples.end[rows].tolist()
        columns["tail_text"] = names.text[triples.tail[rows]].tolist()
        yield columns
