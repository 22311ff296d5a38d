"""What an extraction has found so far, safe from any interruption."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import Any

from gmert_pyg.distill.extraction.extracted_triples import (
    ExtractedTriple,
    Status,
    TripleSource,
)

_COLUMNS = (
    *("head", "relation", "tail", "head_kind", "tail_kind"),
    *("confidence", "similarity", "decoding", "status"),
    *("file", "line", "start", "end", "chunk"),
)
# `end` means something else in SQL.
_QUOTED = ", ".join(f'"{name}"' for name in _COLUMNS)
_KEY = ("head", "relation", "tail")
_TABLES = (
    "CREATE TABLE IF NOT EXISTS settings (value)",
    "CREATE TABLE IF NOT EXISTS done (file PRIMARY KEY) WITHOUT ROWID",
    f"CREATE TABLE IF NOT EXISTS found ({_QUOTED})",
)


class WorkingFile:
    """A file of SQLite that grows file by file, each whole or not at all.

    Started again with the same settings an extraction goes on where it was
    killed. Triples are put together by an index on disk, so that memory does
    not grow with their number.

    Args:
        path: the file.
        settings: what decides the triples; a file of others is begun anew.

    Raises:
        ValueError: if another process has the file open.
    """

    def __init__(self, path: str | os.PathLike[str], settings: str) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not self._is_of(settings):
            self.delete()
        self._connection = sqlite3.connect(self.path, isolation_level=None)
        # Held until the connection is closed, by whatever end.
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._connection.execute("BEGIN EXCLUSIVE")
        for table in _TABLES:
            self._connection.execute(table)
        if self._one("SELECT count(*) FROM settings") == 0:
            self._connection.execute(
                "INSERT INTO settings VALUES (?)", (_encoded(settings),)
            )
        self._connection.execute("COMMIT")

    def __enter__(self) -> WorkingFile:
        return self

    def __exit__(self, *error: object) -> None:
        self._connection.close()

    @property
    def done(self) -> set[str]:
        """The files that were finished."""
        rows = self._connection.execute("SELECT file FROM done")
        return {_decoded(file) for (file,) in rows}

    def add(self, file: str, triples: Iterable[ExtractedTriple]) -> None:
        """Add the triples of a file, and that it is done, at once.

        Args:
            file: the file.
            triples: triples of one source each.
        """
        marks = ", ".join("?" * len(_COLUMNS))
        self._connection.execute("BEGIN")
        # Leaves without an error commit, others roll back.
        with self._connection:
            self._connection.executemany(
                f"INSERT INTO found VALUES ({marks})", map(_row, triples)
            )
            self._connection.execute(
                "INSERT INTO done VALUES (?)", (_encoded(file),)
            )

    def triples(self) -> Iterator[ExtractedTriple]:
        """Yield all triples with all their sources, sorted by name."""
        self._connection.execute(
            "CREATE INDEX IF NOT EXISTS by_triple ON found"
            " (head, relation, tail, file, start)"
        )
        rows = self._connection.execute(
            f"SELECT {_QUOTED} FROM found"
            " ORDER BY head, relation, tail, file, start, chunk, rowid"
        )
        named = (
            dict(zip(_COLUMNS, map(_decoded, row), strict=True)) for row in rows
        )
        for _, same in groupby(named, lambda row: [row[k] for k in _KEY]):
            yield _merged(list(same))

    def delete(self) -> None:
        """Delete the file, and what SQLite keeps beside it."""
        for suffix in ("", "-journal", "-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)

    def _is_of(self, settings: str) -> bool:
        """Tell whether the file can be gone on with."""
        if not self.path.exists():
            return False
        try:
            with closing(sqlite3.connect(self.path)) as connection:
                found = connection.execute("SELECT value FROM settings")
                return [(_encoded(settings),)] == found.fetchall()
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise ValueError(
                    "'path' must be in use by one process at a time (got"
                    f" '{self.path}')"
                ) from error
            return False  # another file, or one cut short

    def _one(self, query: str) -> Any:
        return self._connection.execute(query).fetchone()[0]


def _row(triple: ExtractedTriple) -> list[Any]:
    (source,) = triple.sources
    return [
        _encoded(getattr(source if hasattr(source, name) else triple, name))
        for name in _COLUMNS
    ]


def _merged(rows: list[dict[str, Any]]) -> ExtractedTriple:
    best = max(rows, key=lambda row: row["confidence"])
    names = TripleSource.__slots__
    sources = {
        tuple(row[name] for name in names): None for row in rows
    }  # a window may repeat what another one holds
    return ExtractedTriple(
        **{name: best[name] for name in (*_KEY, "head_kind", "tail_kind")},
        confidence=best["confidence"],
        similarity=max(row["similarity"] for row in rows),
        decoding=best["decoding"],
        status=Status(best["status"]),
        sources=tuple(
            TripleSource(**dict(zip(names, source, strict=True)))
            for source in sources
        ),
    )


# SQLite takes no surrogates in text. Bytes sort as the text does.
def _encoded(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    return value


def _decoded(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogatepass")
    return value
