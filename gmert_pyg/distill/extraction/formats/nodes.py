"""Which nodes extracted triples have, the same in every format.

A node is what has a name: a head its qualified name, a tail the name that is
written in code. A tail that is called like a head is that head. An annotation
is a node of its own: the type `int` and a module `int` are two, as they are in
a :class:`~gmert_pyg.kg.CodeKG`; its key is `type:int`. So heads and types have
the keys, and IRIs, that the exports of a knowledge graph give them.

One name may be of several kinds, a function here and a class there: it is one
node, of all these kinds. A `HeteroData` alone, whose nodes have one type each,
has a node for each kind.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import groupby
from typing import NamedTuple

from gmert_pyg.distill.extraction.extracted_triples import ExtractedTriple
from gmert_pyg.kg.entities import unique_name

Triples = Callable[[], Iterable[ExtractedTriple]]
"""Gives the triples, the same ones at every call."""


class Node(NamedTuple):
    """A node of a graph of triples.

    Args:
        key: the name that no other node has.
        name: its name.
        kinds: all that triples call it, sorted.
    """

    key: str
    name: str
    kinds: tuple[str, ...]


def head_key(triple: ExtractedTriple) -> str:
    """Return the key of the node that is the head."""
    return unique_name(triple.head, triple.head_kind)


def tail_key(triple: ExtractedTriple) -> str:
    """Return the key of the node that is the tail."""
    return unique_name(triple.tail, triple.tail_kind)


class NodeTable:
    """The distinct nodes of triples, in a temporary database on disk."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute(
            "CREATE TABLE nodes (key, kind, name, PRIMARY KEY (key, kind))"
            " WITHOUT ROWID"
        )

    def add(self, triple: ExtractedTriple) -> None:
        """Add the nodes of a triple."""
        self._connection.executemany(
            "INSERT OR IGNORE INTO nodes VALUES (?, ?, ?)",
            (
                [_encoded(x) for x in node]
                for node in (
                    (head_key(triple), triple.head_kind, triple.head),
                    (tail_key(triple), triple.tail_kind, triple.tail),
                )
            ),
        )

    def __iter__(self) -> Iterator[Node]:
        rows = self._connection.execute(
            "SELECT key, name, kind FROM nodes ORDER BY key, kind"
        )
        for key, same in groupby(rows, lambda row: row[0]):
            of_key = list(same)
            kinds = tuple(_decoded(kind) for _, _, kind in of_key)
            yield Node(_decoded(key), _decoded(of_key[0][1]), kinds)


@contextmanager
def node_table() -> Iterator[NodeTable]:
    """Give an empty table, which is gone afterwards."""
    # SQLite keeps a database without a name in a file only if it grows large.
    with closing(sqlite3.connect("")) as connection:
        yield NodeTable(connection)


# SQLite takes no surrogates in text.
def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "surrogatepass")
