"""Completed triples with their sources, and their files."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

import networkx as nx

from gmert_pyg.whole_output import whole_file


class Status(StrEnum):
    """What static analysis says of a completed triple."""

    HIDDEN = "hidden"
    KNOWN = "known"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletedTriple:
    """A triple whose tail a model wrote.

    Args:
        head: the qualified name of the head.
        relation: the name of the relation.
        tail: the tail that the model wrote.
        hidden_tail: the tail that was hidden.
        confidence: the model's confidence, in (0, 1].
        status: `"hidden"`, the hidden tail was restored; `"known"`, static
            analysis states this other tail for the head and the relation;
            `"unconfirmed"`, it does not.
        local: whether the text of the chunk names the hidden tail.
        file: the file of the chunk.
        line: the line of the head in it.
    """

    head: str
    relation: str
    tail: str
    hidden_tail: str
    confidence: float
    status: Status
    local: bool
    file: str
    line: int


def write_jsonl(
    triples: Sequence[CompletedTriple], path: str | os.PathLike[str]
) -> None:
    """Write triples as JSON lines."""
    with (
        whole_file(path) as temporary,
        open(temporary, "w", encoding="utf-8") as file,
    ):
        for triple in triples:
            file.write(json.dumps(asdict(triple), ensure_ascii=False) + "\n")


def to_networkx(
    triples: Sequence[CompletedTriple],
) -> nx.MultiDiGraph[str]:
    """Return triples as a graph; tails are nodes named by their text."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for triple in triples:
        attributes = {
            name: str(value) if isinstance(value, Status) else value
            for name, value in asdict(triple).items()
            if name not in ("head", "tail")
        }
        graph.add_edge(triple.head, triple.tail, **attributes)
    return graph


def write_graphml(
    triples: Sequence[CompletedTriple], path: str | os.PathLike[str]
) -> None:
    """Write triples as GraphML.

    XML cannot hold most control characters: they are written as U+FFFD.
    """
    graph = to_networkx(triples)
    clean = nx.relabel_nodes(graph, {node: _xml(node) for node in graph})
    for *_, attributes in clean.edges(data=True):
        for name, value in attributes.items():
            if isinstance(value, str):
                attributes[name] = _xml(value)
    with whole_file(path) as temporary:
        nx.write_graphml(clean, temporary)


def _xml(text: str) -> str:
    return "".join(
        character
        if character in "\t\n\r"
        or (
            " " <= character < "\ufffe"
            and not "\ud800" <= character <= "\udfff"
        )
        or character > "\uffff"
        else "\ufffd"
        for character in text
    )
