"""The knowledge graph as a graph: networkx and GraphML."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from gmert_pyg.kg.entities import entity_key
from gmert_pyg.kg.exports.graphml import GraphMLFile, graphml_file
from gmert_pyg.parsing.columns import RESOLUTIONS

if TYPE_CHECKING:
    import networkx as nx

    from gmert_pyg.kg.code_kg import CodeKG

_NODE_ATTRIBUTES = {
    "name": "string",
    "kind": "string",
    "file": "string",
    "line": "int",
}
_EDGE_ATTRIBUTES = {
    "relation": "string",
    "file": "string",
    "line": "int",
    "resolution": "string",
    "confidence": "double",
}


def to_networkx(kg: CodeKG) -> nx.MultiDiGraph[Any]:
    """Return the triples of a knowledge graph as a graph.

    Nodes are qualified names, with attributes `name` and `kind`; an annotation
    that is no plain name is prefixed with `type:`. Edge keys are relations.
    """
    import networkx as nx

    graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph()
    keys = [entity_key(entity) for entity in kg.entities]
    for key, entity in zip(keys, kg.entities, strict=True):
        graph.add_node(key, name=entity.name, kind=str(entity.kind))
    resolutions = tuple(RESOLUTIONS)
    triples = kg.triples
    for i, (head, relation, tail) in enumerate(
        zip(
            triples.head.tolist(),
            triples.relation.tolist(),
            triples.tail.tolist(),
            strict=True,
        )
    ):
        graph.add_edge(
            keys[head],
            keys[tail],
            key=kg.schema.relation_names[relation],
            file=kg.modules[triples.module[i]].path,
            line=int(triples.line[i]),
            resolution=resolutions[triples.resolution[i]],
            confidence=float(triples.confidence[i]),
        )
    return graph


def write_graphml(kg: CodeKG, path: Path) -> None:
    r"""Write GraphML, element by element.

    Nodes have the names of `to_networkx`; every edge has a number of its own
    as `id`, as XML wants it unique, and its relation as an attribute. What XML
    forbids in a name, control characters and surrogates, is written as
    `\uXXXX`.
    """
    with graphml_file(path, _NODE_ATTRIBUTES, _EDGE_ATTRIBUTES) as file:
        keys = [entity_key(entity) for entity in kg.entities]
        _write_nodes(kg, keys, file)
        _write_edges(kg, keys, file)


def _write_nodes(kg: CodeKG, keys: list[str], file: GraphMLFile) -> None:
    for key, entity in zip(keys, kg.entities, strict=True):
        data: dict[str, object] = {"name": entity.name, "kind": entity.kind}
        if entity.module >= 0:
            data["file"] = kg.modules[entity.module].path
            data["line"] = entity.line
        file.node(key, data)


def _write_edges(kg: CodeKG, keys: list[str], file: GraphMLFile) -> None:
    triples = kg.triples
    resolutions = tuple(RESOLUTIONS)
    columns = zip(
        triples.head.tolist(),
        triples.relation.tolist(),
        triples.tail.tolist(),
        triples.module.tolist(),
        triples.line.tolist(),
        triples.resolution.tolist(),
        triples.confidence.tolist(),
        strict=True,
    )
    for head, relation, tail, module, line, how, sure in columns:
        file.edge(
            keys[head],
            keys[tail],
            {
                "relation": kg.schema.relation_names[relation],
                "file": kg.modules[module].path,
                "line": line,
                "resolution": resolutions[how],
                "confidence": round(sure, 4),
            },
        )
