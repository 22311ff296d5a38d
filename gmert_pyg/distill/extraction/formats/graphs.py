"""Extracted triples as a graph: networkx and GraphML."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gmert_pyg.distill.extraction.extracted_triples import ExtractedTriple
from gmert_pyg.distill.extraction.formats.jsonl import record
from gmert_pyg.distill.extraction.formats.nodes import (
    Triples,
    head_key,
    node_table,
    tail_key,
)
from gmert_pyg.kg.exports.graphml import graphml_file
from gmert_pyg.whole_output import whole_file

if TYPE_CHECKING:
    import networkx as nx

_NODE_ATTRIBUTES = {"name": "string", "kind": "string"}
_EDGE_ATTRIBUTES = {
    "relation": "string",
    "head_kind": "string",
    "tail_kind": "string",
    "confidence": "double",
    "similarity": "double",
    "decoding": "string",
    "status": "string",
    "sources": "string",
}


def to_networkx(triples: Iterable[ExtractedTriple]) -> nx.MultiDiGraph[Any]:
    """Return triples as a graph.

    Nodes have attributes `name` and `kind`, several kinds with semicolons
    between. Edge keys are relations; edges have the other fields of a triple as
    attributes, `sources` as a list of mappings.

    Args:
        triples: the triples.
    """
    import networkx as nx

    graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph()
    with node_table() as nodes:
        for triple in triples:
            nodes.add(triple)
            data = _edge(triple)
            graph.add_edge(
                head_key(triple),
                tail_key(triple),
                key=data.pop("relation"),
                **data,
            )
        for node in nodes:
            graph.add_node(node.key, name=node.name, kind=";".join(node.kinds))
    return graph


def write_graphml(triples: Triples, path: Path) -> None:
    r"""Write GraphML, element by element.

    Nodes and their attributes are those of `to_networkx`; every edge has a
    number of its own as `id`, as XML wants it unique, and its relation as an
    attribute. `sources` are written as JSON. What XML forbids in a name,
    control characters and surrogates, is written as `\uXXXX`.
    """
    with (
        node_table() as nodes,
        whole_file(path) as temporary,
        graphml_file(temporary, _NODE_ATTRIBUTES, _EDGE_ATTRIBUTES) as file,
    ):
        for triple in triples():
            nodes.add(triple)
        for node in nodes:
            data = {"name": node.name, "kind": ";".join(node.kinds)}
            file.node(node.key, data)
        for triple in triples():
            edge = _edge(triple)
            edge["sources"] = json.dumps(edge["sources"])
            file.edge(head_key(triple), tail_key(triple), edge)


def _edge(triple: ExtractedTriple) -> dict[str, Any]:
    """Return what an edge says beside its nodes."""
    found = record(triple)
    return {
        name: value
        for name, value in found.items()
        if name not in ("head", "tail")
    }
